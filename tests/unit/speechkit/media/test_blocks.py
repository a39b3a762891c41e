"""Nothing that a decoding process sends is believed unchecked: a hostile file may speak through it."""

import signal
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechkit.adapters.media import wire
from speechkit.adapters.media.blocks import Blocks
from speechkit.domain.errors import AudioTooLong, EarshotError, Internal, Overloaded, UnsupportedMedia


@dataclass
class SpokenFor:
    """A child that has sent all that it ever will."""

    sent: bytes
    exited_with: int | None = 0

    async def read(self, size: int) -> bytes:
        if len(self.sent) < size:
            raise EOFError
        taken, self.sent = self.sent[:size], self.sent[size:]
        return taken

    async def exit_code(self) -> int | None:
        return self.exited_with


def frame(kind: int, payload: bytes = b"") -> bytes:
    return wire.FRAME.pack(kind, len(payload)) + payload


def samples(*values: int) -> bytes:
    return frame(wire.Frame.SAMPLES, np.array(values, np.int16).tobytes())


END = frame(wire.Frame.END)


async def received(child: SpokenFor, *, max_audio_seconds: float = 60.0) -> list[float]:
    blocks = Blocks(child, max_audio_seconds=max_audio_seconds)
    return [float(sample) for block in [block async for block in blocks] for sample in block.samples]


async def test_samples_are_fractions_of_full_scale() -> None:
    assert await received(SpokenFor(samples(0, 16_384) + samples(-32_768) + END)) == [0.0, 0.5, -1.0]


async def test_nothing_is_read_after_the_end() -> None:
    assert await received(SpokenFor(samples(1) + END + samples(2, 3))) == [1 / 32_768]


@pytest.mark.parametrize(
    "sent",
    [
        frame(7),
        frame(255, b"whatever"),
        wire.FRAME.pack(wire.Frame.SAMPLES, 0xFFFF_FFFF),
        wire.FRAME.pack(wire.Frame.SAMPLES, wire.MAX_PAYLOAD_BYTES + 2),
        frame(wire.Frame.SAMPLES, b"odd"),
        frame(wire.Frame.SAMPLES),
        frame(wire.Frame.FAILED),
        frame(wire.Frame.FAILED, b"all_is_well"),
        frame(wire.Frame.FAILED, b"\xff\xfe"),
    ],
)
async def test_what_no_honest_decoder_sends_counts_as_a_crash(sent: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="broke the decoder"):
        await received(SpokenFor(sent + END))


@given(st.binary(max_size=200))
async def test_whatever_is_sent_the_answer_is_samples_or_an_error_of_ours(sent: bytes) -> None:
    with suppress(EarshotError):
        assert all(abs(sample) <= 1 for sample in await received(SpokenFor(sent, exited_with=70)))


async def test_text_of_the_child_does_not_reach_the_caller() -> None:
    """Only what looks like the name of a codec."""
    payload = b"unknown_codec <script>alert(1)</script> visit http://evil.example/" + b"x" * 500
    with pytest.raises(UnsupportedMedia) as refusal:
        await received(SpokenFor(frame(wire.Frame.FAILED, payload)))
    assert refusal.value.message.startswith("The file's audio codec scriptalert1script")
    assert not set("<>/:") & set(refusal.value.message.removesuffix("."))
    assert len(refusal.value.message) < 250


async def test_every_failure_says_what_to_do() -> None:
    for failure in wire.Failure:
        with pytest.raises(UnsupportedMedia, match=r"Send |Convert ") as refusal:
            await received(SpokenFor(frame(wire.Frame.FAILED, failure.encode() + b" 9")))
        assert refusal.value.param == "file"


async def test_limit_holds_against_a_child_that_knows_none() -> None:
    with pytest.raises(AudioTooLong, match=r"0\.001 seconds"):
        await received(SpokenFor(samples(*[0] * 17) + END), max_audio_seconds=0.001)


@pytest.mark.parametrize(
    ("exit_code", "error"),
    [
        (-signal.SIGXCPU, UnsupportedMedia),
        (-signal.SIGSEGV, UnsupportedMedia),
        (-signal.SIGABRT, UnsupportedMedia),
        (-signal.SIGSYS, UnsupportedMedia),
        (0, UnsupportedMedia),
        (wire.EXIT_DECODING_FAILED, UnsupportedMedia),
        (-signal.SIGKILL, Internal),
        (None, Internal),
        (wire.EXIT_UNCONFINED, Internal),
        (wire.EXIT_FORK_FAILED, Overloaded),
    ],
)
async def test_end_without_a_last_frame_is_told_by_the_exit_code(
    exit_code: int | None, error: type[EarshotError]
) -> None:
    """The file's fault, the server's, or too much at once; samples before it are not a transcript."""
    with pytest.raises(error):
        await received(SpokenFor(samples(1, 2), exited_with=exit_code))
