"""A request's JSON body, read into a model that says what may stand in it, within limits.

What the members mean is the matter of those who read them. A form that is written as JSON is that of `json_form`.
"""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from gateway.intake.forms import UploadLimits, check_size, next_chunk
from speechkit.domain.errors import InvalidRequest

MOST_BYTES = 4 * 1024 * 1024
"""Two days of speech, written down."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text can't hold the character NUL")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
"""As a database can keep it."""


class Body(BaseModel):
    """Misspelled members are refused: a key that was to be removed must not stay because of one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, hide_input_in_errors=True)


B = TypeVar("B", bound=Body)


async def received_body(request: Request, kind: type[B], *, limits: UploadLimits, may_be_empty: bool = False) -> B:
    """Raises InvalidRequest, which names the member and quotes nothing: it may be a key, or speech."""
    body, more = b"", True
    fewer = UploadLimits(body_bytes=MOST_BYTES, idle_seconds=limits.idle_seconds)
    while more:
        chunk, more = await next_chunk(request, fewer)
        body += chunk
        check_size(len(body), fewer)
    try:
        return kind.model_validate_json(b"{}" if may_be_empty and not body.strip() else body)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "json_invalid":
            raise InvalidRequest("The body is no JSON in UTF-8. Send an object.") from None
        if problem["type"] == "extra_forbidden":
            raise InvalidRequest("There is no such member. Check its spelling.", param=place[:100]) from None
        raise InvalidRequest(f"{place or 'The body'}: {problem['msg']}.", param=place or None) from None
