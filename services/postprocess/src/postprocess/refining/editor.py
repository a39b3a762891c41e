"""Has one endpoint edit one chunk: asked, checked, asked once more with the reason, and then rejected.

Which endpoint, and what stands in for a chunk that none has edited, is the matter of `refiner`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from postprocess import guard
from postprocess.chat.answers import Answer
from postprocess.chat.client import ChatClient, Message, Sampling, Target
from postprocess.refining import prompts
from postprocess.refining.budgets import THINKING_TOKENS, answer_tokens, tokens
from postprocess.refining.chunks import Chunk
from postprocess.refining.lines import Complaint, moved_words, read_lines
from postprocess.refining.prompts import Prompt
from speechkit.domain.modes import ModeLimits
from speechkit.domain.refinement import Passage, joined

TRIES = 2

LIMITS: Mapping[ModeLimits, guard.Limits] = {
    ModeLimits.FAITHFUL: guard.FAITHFUL,
    ModeLimits.REWRITING: guard.REWRITING,
    ModeLimits.SHORTENING: guard.SHORTENING,
    ModeLimits.TRANSLATING: guard.TRANSLATING,
    ModeLimits.SUBTITLES: guard.SUBTITLES,
}

CUT_OFF = Complaint("cut_off", "The answer ended before the transcript did. Be no longer than the transcript.")


class Rejected(Exception):
    """No answer could be used; what was wrong with the last one."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__(", ".join(complaint.check for complaint in complaints))
        self.complaints = complaints


@dataclass(frozen=True, kw_only=True)
class Edited:
    text: str
    passages: tuple[Passage, ...]
    """Where lines were numbered, each edited; none otherwise."""


@dataclass(frozen=True, kw_only=True)
class _Asking:
    target: Target
    context: int
    deadline: float
    messages: Sequence[Message]
    thinking: int = THINKING_TOKENS

    def with_more(self, answered: str, told: str) -> "_Asking":
        more: Sequence[Message] = ({"role": "assistant", "content": answered}, {"role": "user", "content": told})
        return replace(self, messages=(*self.messages, *more))


@dataclass(frozen=True, kw_only=True)
class Editor:
    chat: ChatClient
    prompt: Prompt

    async def edit(self, chunk: Chunk, target: Target, *, context: int, deadline: float) -> Edited:
        """Raises Rejected, and ChatFailed."""
        asking = _Asking(target=target, context=context, deadline=deadline, messages=self.prompt.messages(chunk))
        complaints: Sequence[Complaint] = ()
        for _ in range(TRIES):
            answer = await self._answer(chunk, asking)
            edited, complaints = self._judged(chunk, answer)
            if edited is not None:
                return edited
            asking = self._once_more(chunk, asking, answer, complaints)
        raise Rejected(complaints)

    async def _answer(self, chunk: Chunk, asking: _Asking) -> Answer:
        """The whole of it: what was cut off is gone on with once."""
        first = await self._completed(chunk, asking)
        if first.finish_reason != "length" or not guard.read_answer(first.content or ""):
            return first
        rest = await self._completed(chunk, asking.with_more(first.content or "", prompts.GO_ON))
        return replace(rest, content=(first.content or "") + (rest.content or ""))

    async def _completed(self, chunk: Chunk, asking: _Asking) -> Answer:
        mode = self.prompt.mode
        room = answer_tokens(
            mode.limits,
            transcript=tokens(chunk.text),
            prompt=sum(tokens(message["content"]) for message in asking.messages),
            context=asking.context,
            thinking=asking.thinking,
            most=mode.max_tokens,
        )
        sampling = Sampling(temperature=mode.temperature, max_tokens=room)
        return await self.chat.complete(asking.target, asking.messages, sampling=sampling, deadline=asking.deadline)

    def _once_more(self, chunk: Chunk, asking: _Asking, answer: Answer, complaints: Sequence[Complaint]) -> _Asking:
        """With the reason; one that only thought needs no reason, but room."""
        asking = replace(asking, messages=self.prompt.messages(chunk))
        text = guard.read_answer(answer.content or "")
        if not text:
            return replace(asking, thinking=4 * asking.thinking)
        return asking.with_more(text, prompts.again([complaint.reason for complaint in complaints]))

    def _judged(self, chunk: Chunk, answer: Answer) -> tuple[Edited | None, Sequence[Complaint]]:
        text = guard.read_answer(answer.content or "")
        if answer.finish_reason == "length":
            return None, (CUT_OFF,)
        passages: tuple[Passage, ...] = ()
        if self.prompt.numbered:
            read = self._passages(chunk, text)
            if isinstance(read, Complaint):
                return None, (read,)
            passages, text = read, joined(read)
        faults = guard.judge(
            chunk.text,
            text,
            limits=LIMITS[self.prompt.mode.limits],
            keywords=self.prompt.keywords,
            language=self.prompt.language or None,
        )
        if faults:
            return None, tuple(Complaint(fault.check, fault.reason) for fault in faults)
        return Edited(text=text, passages=passages), ()

    def _passages(self, chunk: Chunk, text: str) -> tuple[Passage, ...] | Complaint:
        lines = read_lines(text, count=len(chunk.passages))
        if isinstance(lines, Complaint):
            return lines
        if self.prompt.mode.limits is not ModeLimits.TRANSLATING:
            moved = moved_words([passage.text for passage in chunk.passages], lines)
            if moved:
                return moved
        return tuple(
            replace(passage, text=_as_before(passage.text, line))
            for passage, line in zip(chunk.passages, lines, strict=True)
        )


def _as_before(raw: str, line: str) -> str:
    """With the space that the recognizer's own segments begin with."""
    return raw[: len(raw) - len(raw.lstrip())] + line if line else ""
