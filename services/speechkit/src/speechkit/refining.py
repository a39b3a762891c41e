"""What may follow the pipeline: a whole transcript refined, or the raw one with a warning, before the deadline is over.

What goes to the refiner and how it comes back stands in `speechkit.domain.refined`.
"""

from collections.abc import Iterable

from speechkit.domain.refined import ModeChoice, RefinedTranscript, put_back, refinement_of
from speechkit.domain.refinement import kept_raw
from speechkit.domain.transcript import Transcript
from speechkit.ports import Refiner

RETURN_SHARE, MOST_RETURN_SECONDS = 0.1, 1.0
"""Of the time that is left, kept for answering with the raw text where the refiner stays silent to the end."""


async def refine(
    transcript: Transcript,
    choice: ModeChoice,
    *,
    refiner: Refiner,
    tenant: str,
    keep_segments: bool,
    keywords: Iterable[str],
    deadline_seconds: float,
) -> RefinedTranscript:
    """Raises what the Refiner port does for a strict choice, and nothing for another one."""
    asked = refinement_of(transcript, choice, tenant=tenant, keep_segments=keep_segments, keywords=keywords)
    if not asked.raw_text:
        return put_back(transcript, kept_raw(asked))
    kept_back = min(MOST_RETURN_SECONDS, deadline_seconds * RETURN_SHARE)
    refined = await refiner.refine(asked, deadline_seconds=max(0.0, deadline_seconds - kept_back))
    return put_back(transcript, refined)
