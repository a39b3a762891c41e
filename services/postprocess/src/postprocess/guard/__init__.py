"""Decides whether a chat model's answer may stand in for a transcript; sending, retrying and warning are refining's."""

from postprocess.guard.answers import read_answer
from postprocess.guard.faults import Fault
from postprocess.guard.judging import judge
from postprocess.guard.limits import FAITHFUL, REWRITING, SHORTENING, SUBTITLES, TRANSLATING, Limits

__all__ = [
    "FAITHFUL",
    "REWRITING",
    "SHORTENING",
    "SUBTITLES",
    "TRANSLATING",
    "Fault",
    "Limits",
    "judge",
    "read_answer",
]
