"""Warnings in words: why a text, or a part of it, is as it was said. Without a word of it, for it may be logged."""

from collections.abc import Mapping

from speechkit.domain.refinement import RefineWarning

NEEDS_ENDPOINT = RefineWarning(
    check="needs_endpoint",
    message="The mode has no endpoint to ask. Name one in the mode, or make one the default. The text is raw.",
)
SEGMENTS_RAW = RefineWarning(
    check="segments_raw",
    message="This mode writes a text of its own, which has no times: the segments are as they were said.",
)

_FAULTS: Mapping[str, str] = {
    "empty": "was empty",
    "too_long": "was much longer than the transcript",
    "too_short": "was much shorter than the transcript",
    "words_dropped": "left out words that were said",
    "words_invented": "had words that were not said",
    "words_reordered": "put words in another order",
    "numbers_changed": "had other numbers than were said",
    "negation_lost": "lost a negation",
    "keyword_lost": "lost a keyword",
    "language_changed": "was in another language",
    "refusal": "was a refusal",
    "chatter": "held chatter around the text",
    "answered": "answered the speaker, instead of editing",
    "cut_off": "was cut off",
    "lines_missing": "left out lines",
    "lines_changed": "moved words between lines",
}


def rejected(check: str) -> RefineWarning:
    return RefineWarning(
        check=check,
        message=f"The model's answer {_FAULTS.get(check, 'failed a check')}, twice, and was not used: the text is raw.",
    )


def part_only(warning: RefineWarning, *, parts: int, of: int) -> RefineWarning:
    if of == 1:
        return warning
    return RefineWarning(check=warning.check, message=f"{parts} of {of} parts are raw. {warning.message}")
