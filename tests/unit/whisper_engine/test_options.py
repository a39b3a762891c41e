"""OPTIONS is read strictly: what is not understood is refused with a message that names it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whisper_engine.options import DecodingOptions, InvalidOptions, parse_options

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("text", ["", "  ", "{}"])
def test_no_options_are_the_defaults(text: str) -> None:
    assert parse_options(text) == DecodingOptions()


def test_each_option_is_read() -> None:
    values = {
        "compression_ratio_threshold": 3,
        "logprob_threshold": None,
        "no_speech_threshold": 0.5,
        "second_look_logprob": None,
        "second_look_beam": 3,
        "best_of": 2,
        "patience": 2,
        "length_penalty": 0.5,
        "repetition_penalty": 1.2,
        "no_repeat_ngram_size": 3,
        "suppress_tokens": [-1, 50],
        "suppress_blank": False,
        "max_initial_timestamp": 2,
        "full_context": True,
    }
    assert parse_options(json.dumps(values)) == DecodingOptions(
        compression_ratio_threshold=3.0,
        logprob_threshold=None,
        no_speech_threshold=0.5,
        second_look_logprob=None,
        second_look_beam=3,
        best_of=2,
        patience=2.0,
        length_penalty=0.5,
        repetition_penalty=1.2,
        no_repeat_ngram_size=3,
        suppress_tokens=(-1, 50),
        suppress_blank=False,
        max_initial_timestamp=2.0,
        full_context=True,
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "JSON"),
        ("[" * 100_000, "JSON"),
        ("[]", "object"),
        ('{"temperature": 0}', "temperature"),
        ('{"seed": 1}', "seed"),
        ('{"best_of": 1.5}', "best_of"),
        ('{"best_of": 0}', "best_of"),
        ('{"best_of": true}', "best_of"),
        ('{"best_of": null}', "best_of"),
        ('{"patience": NaN}', "patience"),
        ('{"length_penalty": Infinity}', "length_penalty"),
        ('{"logprob_threshold": "-1"}', "logprob_threshold"),
        ('{"suppress_blank": 1}', "suppress_blank"),
        ('{"suppress_tokens": 5}', "suppress_tokens"),
        ('{"suppress_tokens": [true]}', "suppress_tokens"),
        ('{"suppress_tokens": [-2]}', "suppress_tokens"),
        (json.dumps({"suppress_tokens": [1] * 1001}), "suppress_tokens"),
    ],
)
def test_what_is_not_understood_is_named(text: str, named: str) -> None:
    with pytest.raises(InvalidOptions, match=named):
        parse_options(text)


@given(st.text() | st.dictionaries(st.text() | st.sampled_from([*vars(DecodingOptions())]), VALUES).map(json.dumps))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but InvalidOptions comes out, and what is read can be a dictionary's key."""
    with suppress(InvalidOptions):
        assert hash(parse_options(text)) is not None
