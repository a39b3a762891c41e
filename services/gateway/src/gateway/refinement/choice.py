"""Which mode a request names: by its field, by its header, or else by the served model.

Whether there is such a mode, and what it does, is the matter of the post-processing service.
"""

from enum import StrEnum

from starlette.requests import Request

from gateway.intake.multipart import AnyForm
from gateway.models.served import MAX_QUOTED_CHARACTERS, ServedModel
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.refined import ModeChoice

MODE_HEADER = "x-earshot-mode"


class OnRefineError(StrEnum):
    RAW = "raw"
    FAIL = "fail"


def mode_in_header(request: Request) -> str:
    return request.headers.get(MODE_HEADER, "").strip()


def read_mode(form: AnyForm, served: ServedModel, *, in_header: str = "", secure: bool = False) -> ModeChoice | None:
    """None: the text stays as it was heard. What a secure request says leaves the server only if it asks for that."""
    strict = read_on_error(form.text("on_refine_error")) is OnRefineError.FAIL
    return mode_choice(form.text("mode").strip() or in_header, served, strict=strict, secure=secure)


def mode_choice(named: str, served: ServedModel, *, strict: bool, secure: bool = False) -> ModeChoice | None:
    name = named or ("" if secure else served.defaults.mode)
    return ModeChoice(name=name, strict=strict, by_default=not named) if name else None


def read_on_error(value: str) -> OnRefineError:
    try:
        return OnRefineError(value or OnRefineError.RAW)
    except ValueError:
        raise InvalidRequest(
            f"Invalid value: '{value[:MAX_QUOTED_CHARACTERS]}'. on_refine_error must be 'raw', for the raw text with a "
            "warning, or 'fail'.",
            param="on_refine_error",
        ) from None
