"""What a recognizer makes of a Triton that is going away: it waits for another, but not for a model nobody ever had."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from tritonclient.grpc import aio
from tritonclient.utils import InferenceServerException

from speechkit.adapters.triton import TritonRecognizer
from speechkit.domain.errors import ModelNotFound

CONFIG = SimpleNamespace(
    config=SimpleNamespace(
        parameters={
            key: SimpleNamespace(string_value=value)
            for key, value in {
                "engine": "ctranslate2",
                "n_mels": "80",
                "languages": "en",
                "translate": "true",
                "word_timestamps": "true",
                "no_speech_prob": "true",
                "logprobs": "true",
                "max_beam": "5",
            }.items()
        }
    )
)
PUT_AWAY = InferenceServerException(
    msg="Request for unknown model: 'whisper' is not found", status="StatusCode.NOT_FOUND"
)


class Server:
    """Answers in this order; the last one again and again."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self._answers = list(answers)

    async def get_model_config(self, _model: str, **_: Any) -> Any:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        pass


def recognizer(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> TritonRecognizer:
    monkeypatch.setattr(aio, "InferenceServerClient", lambda *_, **__: Server(answers))
    return TritonRecognizer("nowhere:1", patience_seconds=2.0, capabilities_ttl_seconds=0.0)


async def test_a_model_that_a_server_put_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ends unloads its models before it stops to answer; the next call may reach another."""
    async with recognizer(monkeypatch, CONFIG, PUT_AWAY, PUT_AWAY, CONFIG) as asked:
        await asked.capabilities("whisper")
        assert (await asked.capabilities("whisper")).languages == frozenset({"en"})


async def test_a_model_that_stays_away_is_none_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async with recognizer(monkeypatch, CONFIG, PUT_AWAY) as asked:
        await asked.capabilities("whisper")
        with pytest.raises(ModelNotFound):
            await asked.capabilities("whisper")


async def test_a_model_that_nobody_ever_had_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with recognizer(monkeypatch, PUT_AWAY, CONFIG) as asked:
        with pytest.raises(ModelNotFound):
            await asked.capabilities("whisper")
