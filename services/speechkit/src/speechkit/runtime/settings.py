"""Settings from the environment: `EARSHOT_…` variables, checked once at start, with one clear line when one is wrong.

Which settings a service has stands in its own `settings` module.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

ENV_PREFIX = "EARSHOT_"

Port = Annotated[int, Field(ge=0, le=65_535)]
"""0 lets the system choose a free one, which only tests want."""


class BadSettings(Exception):
    """The environment says something that can't be; the message names the variable, in one line."""


class Settings(BaseSettings):
    """What every service is told."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("var"), description="Weights, databases and the model repository live here.")
    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/database, for several gateways; unset, SQLite in the data folder.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe log line that is written."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: readable on a terminal, JSON everywhere else."
    )
    shutdown_grace_seconds: int = Field(
        default=25,
        ge=0,
        le=3_600,
        description="How long requests in flight may finish after SIGTERM; under Kubernetes' 30 s, or they are killed.",
    )


SomeSettings = TypeVar("SomeSettings", bound=Settings)


def load_settings(kind: type[SomeSettings]) -> SomeSettings:
    """The settings that the environment gives; raises BadSettings."""
    try:
        return kind()
    except ValidationError as error:
        raise BadSettings("; ".join(_explain(problem["loc"], problem) for problem in error.errors())) from None
    except SettingsError as error:
        raise BadSettings(f"{error}. Write it as JSON.") from None


def _explain(location: tuple[int | str, ...], problem: object) -> str:
    assert isinstance(problem, dict)
    variable = f"{ENV_PREFIX}{location[0]}".upper() if location else f"{ENV_PREFIX}*"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{variable}={problem['input']}: {message}" if location else message
