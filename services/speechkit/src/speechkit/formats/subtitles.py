"""Subtitles: SubRip and WebVTT, one cue for each segment.

Cues are as long as segments are: where to break them is the stitcher's matter.
"""

from speechkit.domain.transcript import Segment, Transcript

VTT_HEAD = "WEBVTT\n\n"


def write_srt(transcript: Transcript) -> bytes:
    """Numbered from 1; OpenAI ends the file with one empty line more than the last cue has."""
    cues = (srt_cue(number, segment) for number, segment in enumerate(_spoken(transcript), start=1))
    return ("".join(cues) + "\n").encode()


def write_vtt(transcript: Transcript) -> bytes:
    return (VTT_HEAD + "".join(map(vtt_cue, _spoken(transcript)))).encode()


def srt_cue(number: int, segment: Segment) -> str:
    return f"{number}\n{_times(segment, decimal_mark=',')}\n{_cue_text(segment)}\n\n"


def vtt_cue(segment: Segment) -> str:
    return f"{_times(segment, decimal_mark='.')}\n{_cue_text(segment)}\n\n"


def _spoken(transcript: Transcript) -> list[Segment]:
    return [segment for segment in transcript.segments if segment.text.strip()]


def _cue_text(segment: Segment) -> str:
    """One line without the arrow: an empty line or an arrow inside a cue would end it."""
    return " ".join(segment.text.split()).replace("-->", "->")


def _times(segment: Segment, *, decimal_mark: str) -> str:
    return f"{_clock(segment.start, decimal_mark)} --> {_clock(segment.end, decimal_mark)}"


def _clock(seconds: float, decimal_mark: str) -> str:
    whole_seconds, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole_seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{decimal_mark}{milliseconds:03}"
