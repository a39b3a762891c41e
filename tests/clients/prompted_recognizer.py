"""A recognizer that does what the prompt says, so that a program in another language can bring about what it tests."""

import asyncio
from dataclasses import dataclass, field

from speechkit.domain.audio import Samples
from speechkit.domain.errors import RecognizerUnavailable
from speechkit.domain.options import TranscriptionOptions
from speechkit.ports import Hypothesis
from tests.fakes.recognizer import FakeRecognizer
from tests.unit.gateway.test_streams import PHRASES

AWAY_ONCE = "away once"
BREAK_OFF = "break off at the last window"
HOLD = "hold the last window"
"""A test may add its name to a prompt, and so has windows of its own to count."""


@dataclass(kw_only=True)
class PromptedRecognizer(FakeRecognizer):
    given_up: set[str] = field(default_factory=set)
    """Prompts whose held window was cancelled."""

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        windows_before = sum(call.options.prompt == options.prompt for call in self.calls)
        is_first, is_last = windows_before == 0, windows_before + 1 == len(PHRASES)
        hypothesis = await super().recognize(samples, options, deadline_seconds=deadline_seconds)
        if is_first and options.prompt.startswith(AWAY_ONCE):
            raise RecognizerUnavailable("away", retry_after_seconds=1)
        if is_last and options.prompt.startswith(BREAK_OFF):
            raise RecognizerUnavailable("away")
        if is_last and options.prompt.startswith(HOLD):
            await self._until_cancelled(options.prompt)
        return hypothesis

    async def _until_cancelled(self, prompt: str) -> None:
        self.in_flight += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.in_flight -= 1
            self.given_up.add(prompt)
