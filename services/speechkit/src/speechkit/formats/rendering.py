"""Chooses the writer for a response format and labels its bytes with the content type OpenAI uses.

The writers themselves are in `json_bodies` (JSON) and `subtitles` (text with times).
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from speechkit.domain.transcript import Transcript
from speechkit.formats import json_bodies, subtitles

JSON = "application/json"
PLAIN_TEXT = "text/plain; charset=utf-8"
"""Subtitles too: labelled as JSON, the Node client would try to parse them."""


class ResponseFormat(StrEnum):
    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VERBOSE_JSON = "verbose_json"
    VTT = "vtt"


class Granularity(StrEnum):
    SEGMENT = "segment"
    WORD = "word"


@dataclass(frozen=True, kw_only=True)
class Rendered:
    body: bytes
    content_type: str


def render_whole(transcript: Transcript, *, response_format: ResponseFormat) -> Rendered:
    """With all that is in it: words and log probabilities where they were asked for when it was made."""
    return render(
        transcript,
        response_format=response_format,
        granularities={Granularity.SEGMENT, Granularity.WORD} if transcript.words else {Granularity.SEGMENT},
        logprobs=any(segment.token_logprobs for segment in transcript.segments),
    )


def render(
    transcript: Transcript,
    *,
    response_format: ResponseFormat,
    granularities: AbstractSet[Granularity] = frozenset({Granularity.SEGMENT}),
    logprobs: bool = False,
    languages: bool = False,
) -> Rendered:
    """`granularities` matter to verbose_json alone, `logprobs` and `languages` to json."""
    match response_format:
        case ResponseFormat.JSON:
            body = json_bodies.write_json(transcript, logprobs=logprobs, languages=languages)
            return Rendered(body=body, content_type=JSON)
        case ResponseFormat.VERBOSE_JSON:
            body = json_bodies.write_verbose_json(
                transcript, segments=Granularity.SEGMENT in granularities, words=Granularity.WORD in granularities
            )
            return Rendered(body=body, content_type=JSON)
        case ResponseFormat.TEXT:
            return Rendered(body=f"{transcript.text}\n".encode(), content_type=PLAIN_TEXT)
        case ResponseFormat.SRT:
            return Rendered(body=subtitles.write_srt(transcript), content_type=PLAIN_TEXT)
        case ResponseFormat.VTT:
            return Rendered(body=subtitles.write_vtt(transcript), content_type=PLAIN_TEXT)
