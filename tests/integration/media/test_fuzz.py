"""Real containers, damaged at random: each gets samples or a refusal, and the decoder lives on."""

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from speechkit.adapters.media.pyav_decoder import PyAvDecoder
from speechkit.domain.audio import SAMPLE_RATE
from speechkit.domain.errors import AudioTooLong, UnsupportedMedia
from tests.fuzz.damage import Damage, damaged, damages
from tests.fuzz.effort import fuzz
from tests.media.containers import WAV, with_tone
from tests.media.damageable import CONTAINERS
from tests.media.decoding import decoded

pytestmark = pytest.mark.asyncio(loop_scope="module")


@fuzz(examples_in_ci=250)
@given(container=st.sampled_from(CONTAINERS), inflicted=damages())
async def test_a_damaged_file_is_decoded_or_refused(
    decoder: PyAvDecoder, container: bytes, inflicted: list[Damage]
) -> None:
    try:
        samples = await decoded(decoder, damaged(container, inflicted))
    except (UnsupportedMedia, AudioTooLong) as refusal:
        event(refusal.message)
        return
    assert len(samples) > 0
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1.0


async def test_after_all_of_them_the_decoder_decodes(decoder: PyAvDecoder) -> None:
    assert len(await decoded(decoder, with_tone(WAV, 1.0))) == SAMPLE_RATE
