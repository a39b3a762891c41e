"""A whole transcript, raw and refined, as bytes that are kept for later, from which every format can be written.

Sealing and storing them is the caller's matter.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict
from typing import Any

from speechkit.domain.refined import RefinedTranscript, as_heard, rewritten
from speechkit.domain.refinement import RefineWarning
from speechkit.domain.transcript import Discarded, Segment, Transcript, Word

VERSION = 1


def write_kept(transcript: Transcript) -> bytes:
    kept = {"version": VERSION, **asdict(as_heard(transcript))}
    if isinstance(transcript, RefinedTranscript):
        kept["refined"] = _refined(transcript)
    return json.dumps(kept, default=lambda spelled: b64encode(spelled).decode(), separators=(",", ":")).encode()


def read_kept(kept: bytes) -> Transcript:
    fields = json.loads(kept)
    if (version := fields.pop("version")) != VERSION:
        raise ValueError(f"A transcript of version {version} was kept; this release reads version {VERSION}.")
    refined, segments = fields.pop("refined", None), fields.pop("segments")
    discarded = fields.pop("discarded", None)  # as in what an older release kept
    heard = Transcript(
        **fields,
        segments=tuple(_segment(segment) for segment in segments),
        discarded=None if discarded is None else tuple(Discarded(**each) for each in discarded),
    )
    if refined is None:
        return heard
    warnings = tuple(RefineWarning(**warning) for warning in refined["warnings"])
    return rewritten(heard, text=refined["text"], segment_texts=refined["segment_texts"], warnings=warnings)


def _refined(transcript: RefinedTranscript) -> dict[str, Any]:
    """Beside what was heard, only what is new."""
    return {
        "text": transcript.text,
        "segment_texts": [segment.text for segment in transcript.segments],
        "warnings": [asdict(warning) for warning in transcript.warnings],
    }


def _segment(fields: dict[str, Any]) -> Segment:
    return Segment(
        **fields
        | {
            "tokens": tuple(fields["tokens"]),
            "token_texts": tuple(b64decode(text) for text in fields["token_texts"]),
            "token_logprobs": tuple(fields["token_logprobs"]),
            "words": tuple(Word(**word) for word in fields["words"]),
        }
    )
