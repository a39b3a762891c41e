"""What a recognizer is asked to do, by how many clients at once, and what came of it.

Runs in whichever process holds the recognizer, so it knows nothing but a function that transcribes one file.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Task:
    name: str
    path: str
    language: str
    """ISO 639-1; empty means: detect."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    text: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    name: str
    text: str
    language: str
    seconds: float
    """From handing over the file's path to having the text: decoding and, over HTTP, the upload included."""


@dataclass(frozen=True, kw_only=True)
class Run:
    wall_seconds: float
    outcomes: tuple[Outcome, ...]
    """In the order of the tasks."""


Transcribe = Callable[[str, str], Heard]
"""A file's path and its language to what was heard."""


def drive(transcribe: Transcribe, tasks: Sequence[Task], *, clients: int) -> Run:
    """Each client takes the next task as soon as its last one is answered, until none is left."""

    def serve(task: Task) -> Outcome:
        started = time.perf_counter()
        heard = transcribe(task.path, task.language)
        seconds = time.perf_counter() - started
        return Outcome(name=task.name, text=heard.text, language=heard.language, seconds=seconds)

    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=clients) as pool:
        outcomes = tuple(pool.map(serve, tasks))
    return Run(wall_seconds=time.perf_counter() - started, outcomes=outcomes)
