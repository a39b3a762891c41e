"""What callers write of endpoints, of modes, and of a text to refine: the members of their JSON.

What may stand in them is checked by the post-processing service; here only their kinds.
"""

from typing import Annotated, TypeVar

from pydantic import Field, field_validator

from gateway.intake.json_body import Body, Text
from gateway.refinement.choice import OnRefineError
from speechkit.domain.endpoints import EndpointChanges, EndpointDraft, Provider
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.modes import Mode, ModeChanges, ModeLimits
from speechkit.domain.refined import ModeChoice
from speechkit.domain.refinement import Passage, Refinement, one_passage

MOST_SEGMENTS = 100_000

T = TypeVar("T")

UINT32_MOST = 2**32 - 1
Count = Annotated[int, Field(ge=0, le=UINT32_MOST)]
Temperature = Annotated[float, Field(ge=0, le=2)]
OneOf = Field(strict=False)
"""A word for a choice; strictness would want the enum itself."""


class Patch(Body):
    """What is left out stays as it is; null, which might mean as much or the opposite, is refused."""

    @field_validator("*", mode="after")
    @classmethod
    def _is_said(cls, value: T) -> T:
        if value is None:
            raise ValueError("null says nothing; leave the member out to keep what is there")
        return value


class EndpointBody(Body):
    name: Text = ""
    provider: Annotated[Provider, OneOf] = Provider.CUSTOM
    base_url: Text = ""
    verbatim_url: bool = False
    model: Text = ""
    api_key: Text = ""
    context_tokens: Count = 0

    def draft(self) -> EndpointDraft:
        return EndpointDraft(**self.model_dump())


class EndpointPatch(Patch):
    name: Text | None = None
    provider: Annotated[Provider, OneOf] | None = None
    base_url: Text | None = None
    verbatim_url: bool | None = None
    model: Text | None = None
    api_key: Text | None = None
    context_tokens: Count | None = None
    is_default: bool | None = None

    def changes(self) -> EndpointChanges:
        return EndpointChanges(**self.model_dump())


class Duplicate(Body):
    name: Text = ""


class ModeBody(Body):
    name: Text
    description: Text = ""
    instructions: Text = ""
    limits: Annotated[ModeLimits, OneOf] = ModeLimits.FAITHFUL
    endpoint_id: Text = ""
    fallback_endpoint_id: Text = ""
    temperature: Temperature = 0.0
    max_tokens: Count = 0
    keywords: tuple[Text, ...] = ()
    target_language: Text = ""

    def draft(self) -> Mode:
        return Mode(**self.model_dump())


class ModePatch(Patch):
    description: Text | None = None
    instructions: Text | None = None
    limits: Annotated[ModeLimits, OneOf] | None = None
    endpoint_id: Text | None = None
    fallback_endpoint_id: Text | None = None
    temperature: Temperature | None = None
    max_tokens: Count | None = None
    keywords: tuple[Text, ...] | None = None
    target_language: Text | None = None

    def changes(self) -> ModeChanges:
        return ModeChanges(**self.model_dump())


class SegmentBody(Body):
    id: Count
    start: Annotated[float, Field(ge=0)] = 0.0
    end: Annotated[float, Field(ge=0)] = 0.0
    text: Text


class RefineBody(Body):
    mode: Text = ""
    text: Text = ""
    segments: Annotated[tuple[SegmentBody, ...], Field(max_length=MOST_SEGMENTS)] = ()
    language: Text = ""
    keywords: tuple[Text, ...] = ()
    target_language: Text = ""
    on_refine_error: Annotated[OnRefineError, OneOf] = OnRefineError.RAW

    def asked(self, *, tenant: str, in_header: str) -> Refinement:
        """Raises InvalidRequest where there is nothing to refine, and ModeNotFound for what is no mode's name."""
        mode = self.mode.strip() or in_header
        if not mode:
            raise InvalidRequest(
                "you must provide a mode parameter. GET /v1/modes lists those there are.", param="mode"
            )
        return Refinement(
            tenant=tenant,
            mode=ModeChoice(name=mode).name,
            passages=self._passages(),
            keep_passages=bool(self.segments),
            language=self.language,
            keywords=self.keywords,
            target_language=self.target_language,
            strict=self.on_refine_error is OnRefineError.FAIL,
        )

    def _passages(self) -> tuple[Passage, ...]:
        if self.segments and self.text:
            raise InvalidRequest("Send `text` or `segments`, not both.", param="segments")
        if not self.segments and not self.text.strip():
            raise InvalidRequest("There is nothing to refine: send `text`, or `segments`.", param="text")
        if len({segment.id for segment in self.segments}) < len(self.segments):
            raise InvalidRequest("Two segments have the same id. Number them.", param="segments")
        return tuple(Passage(**segment.model_dump()) for segment in self.segments) or one_passage(self.text)
