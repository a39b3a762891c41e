"""The refiner: a transcript cut into chunks, each edited by an endpoint, joined in order; raw where that went wrong.

How a chunk is edited stands in `editor`, what may be cut where in `chunks`.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

import structlog

from postprocess.chat.client import ChatClient, Target
from postprocess.chat.contexts import Contexts
from postprocess.chat.failures import ChatFailed, Trouble
from postprocess.endpoints.desk import EndpointDesk
from postprocess.modes.built_in import VERBATIM
from postprocess.modes.desk import endpoints_of, mode_named
from postprocess.modes.words import check_keywords, check_language
from postprocess.refining import warnings
from postprocess.refining.budgets import LEAST_PER_CALL, tokens, transcript_tokens
from postprocess.refining.chunks import OVERLAP_CHARACTERS, Chunk, chunks_of
from postprocess.refining.editor import Edited, Editor, Rejected
from postprocess.refining.prompts import Prompt, new_fence
from postprocess.setups import RecentSetups
from speechkit.domain.errors import DeadlineExceeded, EarshotError, RefinementFailed
from speechkit.domain.modes import Mode, ModeLimits
from speechkit.domain.refinement import Passage, Refined, Refinement, RefineWarning, joined, kept_raw

log = structlog.get_logger(__name__)

CHUNKS_AT_ONCE = 4
"""Of one transcript: a local server does few at once anyway."""

RETURN_SHARE, MOST_RETURN_SECONDS = 0.1, 1.0
"""Of the caller's time, kept for giving the raw text back before it is over."""

IN_ONE_PIECE = (ModeLimits.REWRITING, ModeLimits.SHORTENING)
"""Half an email and half a transcript is neither."""


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A chunk as it turned out."""

    text: str
    passages: tuple[Passage, ...]
    target: Target | None = None
    """Who edited it; None: it is raw."""
    warning: RefineWarning | None = None


@dataclass(frozen=True, kw_only=True)
class ChatRefiner:
    setups: RecentSetups
    endpoints: EndpointDesk
    chat: ChatClient
    contexts: Contexts

    async def refine(self, asked: Refinement, *, deadline_seconds: float) -> Refined:
        kept_back = min(MOST_RETURN_SECONDS, deadline_seconds * RETURN_SHARE)
        try:
            refined = await self._refine(asked, monotonic() + deadline_seconds - kept_back)
        except EarshotError as error:
            if asked.strict:
                raise
            refined = kept_raw(asked, RefineWarning(check=error.reason.value, message=error.message))
        except Exception:
            # Whatever nobody foresaw must not cost the transcript either.
            log.exception("refinement_broke")
            if asked.strict:
                raise
            refined = kept_raw(asked, RefineWarning(check="internal", message="Refinement broke. The text is raw."))
        log.info("refined", refined=refined.refined, warnings=[warning.check for warning in refined.warnings])
        return refined

    async def _refine(self, asked: Refinement, deadline: float) -> Refined:
        check_keywords(asked.keywords)
        check_language(asked.target_language, param="target_language")
        setup = await self.setups.of(asked.tenant)
        mode = mode_named(asked.mode, setup.modes.get(asked.mode))
        if mode.name == VERBATIM or not asked.raw_text:
            return kept_raw(asked)
        there = endpoints_of(mode, setup.endpoints)
        if not there:
            return _given_up(asked, warnings.NEEDS_ENDPOINT)
        targets = [self.endpoints.ready_to_ask(endpoint) for endpoint in there]
        work = _Work(
            editor=Editor(chat=self.chat, prompt=_prompt(mode, asked)),
            targets=targets,
            contexts=self.contexts,
            deadline=deadline,
        )
        return _whole(asked, mode, await work.parts_of(asked.passages))


@dataclass(frozen=True, kw_only=True)
class _Work:
    """One transcript on its way."""

    editor: Editor
    targets: Sequence[Target]
    """The endpoint, and the one to fall back to."""
    contexts: Contexts
    deadline: float
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHUNKS_AT_ONCE))

    async def parts_of(self, passages: Sequence[Passage]) -> list[_Part]:
        most = await self._transcript_tokens(self.targets[0])
        chunks = chunks_of(passages, most_tokens=most, divisible=not self.editor.prompt.numbered)
        parts = await asyncio.gather(*(self._in_its_place(chunk) for chunk in chunks))
        return [piece for part in parts for piece in part]

    async def _in_its_place(self, chunk: Chunk) -> Sequence[_Part]:
        async with self.places:
            return await self._edited(chunk, self.targets)

    async def _edited(self, chunk: Chunk, targets: Sequence[Target]) -> Sequence[_Part]:
        target = targets[0]
        context = await self.contexts.of(target)
        try:
            edited = await self.editor.edit(chunk, target, context=context, deadline=self.deadline)
            return (_part_of(edited, target),)
        except Rejected as rejected:
            log.info("answer_rejected", endpoint_id=target.endpoint_id, checks=str(rejected))
            return (_raw(chunk, warnings.rejected(rejected.complaints[0].check)),)
        except ChatFailed as failed:
            log.warning("endpoint_failed", endpoint_id=target.endpoint_id, trouble=failed.trouble.value)
            if failed.trouble is Trouble.OVERFLOW and (smaller := await self._smaller(chunk, target, context, failed)):
                return [part for piece in smaller for part in await self._edited(piece, targets)]
            if targets[1:]:
                return await self._edited(chunk, targets[1:])
            return (_raw(chunk, RefineWarning(check=failed.trouble.value, message=failed.message)),)

    async def _smaller(self, chunk: Chunk, target: Target, context: int, failed: ChatFailed) -> Sequence[Chunk] | None:
        """The chunk in pieces that fit what the server turns out to have; None where there are none."""
        told = failed.context_tokens or context // 2
        self.contexts.learn(target, min(told, context - 1))
        most = min(await self._transcript_tokens(target), tokens(chunk.text) // 2)
        if most < LEAST_PER_CALL:
            return None
        pieces = chunks_of(chunk.passages, most_tokens=most, divisible=not self.editor.prompt.numbered)
        return pieces if len(pieces) > 1 else None

    async def _transcript_tokens(self, target: Target) -> int:
        prompt = tokens(self.editor.prompt.rules) + OVERLAP_CHARACTERS
        return transcript_tokens(self.editor.prompt.mode.limits, context=await self.contexts.of(target), prompt=prompt)


def _prompt(mode: Mode, asked: Refinement) -> Prompt:
    return Prompt(
        mode=mode,
        language=asked.language,
        target_language=asked.target_language or mode.target_language,
        keywords=tuple(dict.fromkeys((*mode.keywords, *asked.keywords))),
        numbered=mode.limits is ModeLimits.SUBTITLES or (asked.keep_passages and mode.keeps_segments),
        fence=new_fence(),
    )


def _part_of(edited: Edited, target: Target) -> _Part:
    return _Part(text=edited.text, passages=edited.passages, target=target)


def _raw(chunk: Chunk, warning: RefineWarning) -> _Part:
    return _Part(text=chunk.text, passages=chunk.passages, warning=warning)


def _whole(asked: Refinement, mode: Mode, parts: Sequence[_Part]) -> Refined:
    """The parts joined; all raw where a part that is so would spoil the rest."""
    told = _warnings_of(parts)
    editors = [part.target for part in parts if part.target]
    if told and (asked.strict or not editors or mode.limits in IN_ONE_PIECE):
        return _given_up(asked, *told)
    keeps = asked.keep_passages and mode.keeps_segments
    if asked.keep_passages and not keeps:
        told = (*told, warnings.SEGMENTS_RAW)
    edited = [passage for part in parts for passage in part.passages]
    numbered = len(edited) == len(asked.passages)
    return Refined(
        text=joined(edited) if numbered else "\n\n".join(part.text for part in parts),
        raw_text=asked.raw_text,
        passages=(tuple(edited) if keeps else asked.passages) if asked.keep_passages else (),
        warnings=told,
        endpoint_id=editors[0].endpoint_id,
        model=editors[0].model,
    )


def _warnings_of(parts: Sequence[_Part]) -> tuple[RefineWarning, ...]:
    """Each once, with how many parts it is about."""
    counted = Counter(part.warning for part in parts if part.warning)
    return tuple(warnings.part_only(warning, parts=count, of=len(parts)) for warning, count in counted.items())


def _given_up(asked: Refinement, *told: RefineWarning) -> Refined:
    if asked.strict:
        if any(warning.check == Trouble.TIMEOUT.value for warning in told):
            raise DeadlineExceeded("There was not enough time for the refinement. Ask for it with more time.")
        raise RefinementFailed(f"The transcript could not be refined ({told[0].check}). {told[0].message}")
    return kept_raw(asked, *told)
