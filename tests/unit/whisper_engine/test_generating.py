"""What is asked of a decoder that writes whole texts, and what is made of its answers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from whisper_engine.contract import Capabilities, Code, WindowError, WindowRequest, WindowResult
from whisper_engine.generating import MAX_PROMPT_TOKENS, Delivery, GeneratingEngine, Order
from whisper_engine.mel import SAMPLE_RATE
from whisper_engine.options import DecodingOptions
from whisper_engine.suppression import FORBIDDEN
from whisper_engine.tokenizer import Tokenizer

SOUND = np.sin(np.arange(3 * SAMPLE_RATE, dtype=np.float32) / 10).astype(np.float32)
SUPPRESSED = (7, 8)


@dataclass
class ScriptedGenerator:
    """Answers as the script says, given the order; remembers what was ordered."""

    script: Callable[[Order], Delivery | WindowError]
    orders: list[Order] = field(default_factory=list)

    async def generate(self, order: Order) -> Delivery:
        self.orders.append(order)
        answer = self.script(order)
        if isinstance(answer, WindowError):
            raise answer
        return answer


@dataclass(frozen=True)
class Decoder:
    """The engine before a scripted decoder."""

    tokenizer: Tokenizer

    def time(self, seconds: float) -> int:
        return self.tokenizer.timestamp_begin + round(seconds * 50)

    def text(self, words: str, *, start: float = 0.0, end: float = 2.0, logprob: float = -0.1) -> Delivery:
        tokens = (self.time(start), *self.tokenizer.encode(words), self.time(end))
        return delivery(tokens, logprob=logprob)

    async def hear(
        self, script: Callable[[Order], Delivery | WindowError], **asked: Any
    ) -> tuple[WindowResult | WindowError, list[Order]]:
        generator = ScriptedGenerator(script)
        capabilities = Capabilities(
            n_mels=80,
            vocabulary_size=self.tokenizer.size,
            languages=self.tokenizer.languages,
            translate=True,
            engine="tensorrt_llm",
            max_beam=1,
        )
        engine = GeneratingEngine(generator, self.tokenizer, capabilities, SUPPRESSED)
        ordinary: dict[str, Any] = {"samples": SOUND, "language": "en", "temperatures": (0.0, 0.4)}
        request = WindowRequest(**ordinary | asked)
        return await engine.recognize(request), generator.orders


def delivery(tokens: Sequence[int], *, logprob: float = -0.1) -> Delivery:
    """One that ended by itself: the end is as probable as a token."""
    return Delivery(tokens=tuple(tokens), logprobs=(logprob,) * len(tokens), total_logprob=logprob * (len(tokens) + 1))


@pytest.fixture
def decoder(tokenizer: Tokenizer) -> Decoder:
    return Decoder(tokenizer)


def result(outcome: WindowResult | WindowError) -> WindowResult:
    assert isinstance(outcome, WindowResult), outcome
    return outcome


async def test_a_text_comes_with_its_times_and_what_was_measured(decoder: Decoder) -> None:
    outcome, orders = await decoder.hear(lambda _: decoder.text(" hello"), logprobs=True, word_timestamps=True)
    heard = result(outcome)
    assert (heard.text, heard.language, heard.finish, heard.temperature) == (" hello", "en", "stop", 0.0)
    assert [(segment.start, segment.end) for segment in heard.segments] == [(0.0, 2.0)]
    assert heard.avg_logprob == pytest.approx(-0.1)
    assert len(heard.token_logprobs) == len(heard.tokens)
    assert heard.words == ()
    assert math.isnan(heard.no_speech_prob)
    assert math.isnan(heard.language_probability)
    assert len(orders) == 1


async def test_the_decoder_gets_thirty_seconds_and_the_prompt(decoder: Decoder) -> None:
    _, (order,) = await decoder.hear(lambda _: decoder.text(" hi"), prompt="before", task="translate")
    tokenizer = decoder.tokenizer
    assert order.features.shape == (3000, 80)
    assert order.features.dtype == np.float16
    start = (tokenizer.start_of_transcript, tokenizer.language("en"), tokenizer.translate)
    assert order.prompt == (tokenizer.start_of_previous, *tokenizer.encode(" before"), *start)
    assert order.temperature == 0.0


async def test_no_prompt_is_longer_than_the_engine_is_built_for(decoder: Decoder) -> None:
    """225 tokens of what was before, three that start, and one that refuses times are one too many."""
    _, (order,) = await decoder.hear(lambda _: delivery([1]), prompt="word " * 400, timestamps=False)
    assert len(order.prompt) == MAX_PROMPT_TOKENS
    assert order.prompt[0] == decoder.tokenizer.start_of_previous
    assert order.prompt[-1] == decoder.tokenizer.no_timestamps


async def test_prompt_and_text_fit_into_the_decoders_positions(decoder: Decoder) -> None:
    _, (order,) = await decoder.hear(
        lambda _: decoder.text(" hi"), prompt="word " * 400, samples=np.resize(SOUND, 28 * SAMPLE_RATE)
    )
    assert len(order.prompt) + order.max_tokens <= 448


async def test_a_language_is_the_most_probable_of_all_languages(decoder: Decoder) -> None:
    tokenizer = decoder.tokenizer
    chinese = tokenizer.language("zh")

    def script(order: Order) -> Delivery:
        if order.max_tokens > 1:
            return decoder.text(" hi")
        return Delivery(tokens=(chinese,), logprobs=(math.log(0.7),), total_logprob=math.log(0.7))

    outcome, orders = await decoder.hear(script, language="")
    assert result(outcome).language == "zh"
    assert result(outcome).language_probability == pytest.approx(0.7)
    asked, text = orders
    assert asked.prompt == (tokenizer.start_of_transcript,)
    assert set(np.flatnonzero(asked.bias == 0)) == {tokenizer.language(code) for code in ("en", "zh", "ja")}
    assert chinese in text.prompt


@pytest.mark.parametrize("timestamps", [True, False])
async def test_what_may_not_be_written_is_forbidden(decoder: Decoder, timestamps: bool) -> None:
    tokenizer = decoder.tokenizer
    options = DecodingOptions(suppress_tokens=(-1, 5))
    _, (order,) = await decoder.hear(lambda _: delivery([1]), timestamps=timestamps, options=options)
    assert len(order.bias) == tokenizer.size
    forbidden = set(np.flatnonzero(order.bias == FORBIDDEN).tolist())
    assert {5, *SUPPRESSED, tokenizer.start_of_transcript, tokenizer.no_timestamps} <= forbidden
    assert tokenizer.end_of_text not in forbidden
    assert (decoder.time(0.0) in forbidden) is not timestamps


async def test_a_loop_is_tried_again_hotter(decoder: Decoder) -> None:
    def script(order: Order) -> Delivery:
        return decoder.text(" hello") if order.temperature else decoder.text(" no" * 60)

    outcome, orders = await decoder.hear(script, logprobs=True)
    heard = result(outcome)
    assert (heard.text, heard.temperature, heard.fallbacks) == (" hello", 0.4, 1)
    assert len(orders) == 1 + DecodingOptions().best_of
    assert len({order.seed for order in orders[1:]}) == DecodingOptions().best_of


async def test_of_a_sampled_text_no_log_probability_is_given(decoder: Decoder) -> None:
    """The decoder's is that of the tempered distribution, which is another."""
    outcome, _ = await decoder.hear(lambda _: decoder.text(" hello"), temperatures=(0.4,), logprobs=True)
    assert math.isnan(result(outcome).avg_logprob)
    assert result(outcome).token_logprobs == ()


async def test_the_most_probable_of_several_samples_is_kept(decoder: Decoder) -> None:
    def script(order: Order) -> Delivery:
        return decoder.text(f" sample {order.seed}", logprob=-0.1 if order.seed == 3 else -0.5)

    outcome, _ = await decoder.hear(script, temperatures=(0.4,))
    assert result(outcome).text == " sample 3"


async def test_a_text_of_which_the_model_is_not_sure_is_tried_again(decoder: Decoder) -> None:
    outcome, orders = await decoder.hear(lambda order: decoder.text(f" at {order.temperature}", logprob=-2.0))
    assert result(outcome).text == " at 0.4"
    assert len(orders) > 1


async def test_times_that_run_backwards_are_tried_again_and_else_left_out(decoder: Decoder) -> None:
    """Nothing keeps the decoder from writing them."""
    tokens = (decoder.time(1.0), *decoder.tokenizer.encode(" one"), decoder.time(0.5), decoder.time(2.0))
    outcome, orders = await decoder.hear(lambda _: delivery(tokens), logprobs=True)
    heard = result(outcome)
    assert len(orders) > 1
    assert heard.text == " one"
    assert decoder.time(0.5) not in heard.tokens
    assert all(segment.start < segment.end for segment in heard.segments)


async def test_of_loops_the_one_at_the_lowest_temperature_is_kept_and_named(decoder: Decoder) -> None:
    outcome, _ = await decoder.hear(lambda order: decoder.text(f" {order.temperature}" * 60))
    assert (result(outcome).temperature, result(outcome).finish) == (0.0, "repetition")


async def test_a_text_that_was_cut_says_so(decoder: Decoder) -> None:
    words = [decoder.time(0.0), *range(100, 104)]
    outcome, (order,) = await decoder.hear(
        lambda _: Delivery(tokens=tuple(words), logprobs=(-0.1,) * 5, total_logprob=-0.5), max_tokens=5
    )
    assert order.max_tokens == 5
    assert result(outcome).finish == "length"
    assert result(outcome).avg_logprob == pytest.approx(-0.1)


async def test_silence_is_not_sent_to_the_decoder(decoder: Decoder) -> None:
    outcome, orders = await decoder.hear(lambda _: decoder.text(" you"), samples=np.zeros(SAMPLE_RATE, np.float32))
    assert result(outcome).segments == ()
    assert orders == []


async def test_an_empty_text_is_no_failure(decoder: Decoder) -> None:
    outcome, _ = await decoder.hear(lambda _: Delivery(tokens=(), logprobs=(), total_logprob=-0.1))
    assert result(outcome).segments == ()
    assert math.isnan(result(outcome).avg_logprob)


async def test_a_caller_that_left_between_two_steps_costs_no_more(decoder: Decoder) -> None:
    answers = iter([False, False])
    outcome, orders = await decoder.hear(lambda _: decoder.text(" no" * 60), is_cancelled=lambda: next(answers, True))
    assert isinstance(outcome, WindowError)
    assert outcome.code is Code.CANCELLED
    assert len(orders) == 1


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"beam_size": 2}, "beam"),
        ({"options": DecodingOptions(no_repeat_ngram_size=3)}, "no_repeat_ngram_size"),
        ({"samples": np.zeros(31 * SAMPLE_RATE, np.float32)}, "samples"),
        ({"language": "xx"}, "language"),
    ],
)
async def test_what_the_engine_can_not_do_is_refused_before_it_is_asked(
    decoder: Decoder, asked: dict[str, Any], named: str
) -> None:
    outcome, orders = await decoder.hear(lambda _: decoder.text(" hi"), **asked)
    assert isinstance(outcome, WindowError)
    assert outcome.code is Code.INVALID
    assert named in outcome.message
    assert orders == []


async def test_a_failure_of_the_decoder_is_the_windows_own(decoder: Decoder) -> None:
    busy = WindowError(Code.UNAVAILABLE, "busy")
    assert (await decoder.hear(lambda _: busy))[0] is busy

    def broken(order: Order) -> Delivery:
        raise ValueError("nonsense")

    outcome, _ = await decoder.hear(broken)
    assert isinstance(outcome, WindowError)
    assert outcome.code is Code.INTERNAL


async def test_penalties_reach_the_decoder(decoder: Decoder) -> None:
    _, (order,) = await decoder.hear(lambda _: decoder.text(" hi"), options=DecodingOptions(repetition_penalty=1.2))
    assert order.repetition_penalty == 1.2
