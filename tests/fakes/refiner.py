"""A refiner whose answers are the test's."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from speechkit.domain.errors import DeadlineExceeded, EarshotError, ModeNotFound
from speechkit.domain.refinement import Refined, Refinement, RefineWarning, joined, kept_raw

MODES = ("clean-up", "email", "notes", "subtitles", "summary", "translate", "verbatim")


@dataclass
class FakeRefiner:
    """Writes each passage as `write` does; fails as `failure` says, and takes `delay_seconds`."""

    write: Callable[[str], str] = str.upper
    failure: EarshotError | None = None
    delay_seconds: float = 0.0
    modes: tuple[str, ...] = MODES
    asked: list[Refinement] = field(default_factory=list)
    cancelled: int = 0

    async def refine(self, asked: Refinement, *, deadline_seconds: float) -> Refined:
        self.asked.append(asked)
        try:
            return await self._refine(asked, deadline_seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        except EarshotError as error:
            if asked.strict:
                raise
            return kept_raw(asked, RefineWarning(check=error.reason.value, message=error.message))

    async def _refine(self, asked: Refinement, deadline_seconds: float) -> Refined:
        if asked.mode not in self.modes:
            raise ModeNotFound("There is no such mode.", param="mode")
        await asyncio.sleep(min(self.delay_seconds, deadline_seconds))
        if self.delay_seconds > deadline_seconds:
            raise DeadlineExceeded("There was no time left.")
        if self.failure:
            raise self.failure
        if asked.mode == "verbatim":
            return kept_raw(asked)
        passages = tuple(replace(passage, text=self.write(passage.text)) for passage in asked.passages)
        return Refined(
            text=joined(passages),
            raw_text=asked.raw_text,
            passages=passages if asked.keep_passages else (),
            endpoint_id="endpoint_1",
            model="fake",
        )
