"""One search by CTranslate2 over encoded windows that agree on everything, and what is known of each text it wrote.

Whether a text is good enough, and what is tried next, is the matter of `ladder`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import ctranslate2

from whisper_engine.attempts import POSITIONS, Attempt, compression_ratio
from whisper_engine.options import DecodingOptions
from whisper_engine.tokenizer import Tokenizer


@dataclass(frozen=True, kw_only=True)
class Search:
    """What windows must have in common to be decoded together."""

    context_frames: int
    prompt_length: int
    beam_size: int
    temperature: float
    timestamps: bool
    max_tokens: int
    options: DecodingOptions


def decode(
    model: ctranslate2.models.Whisper,
    tokenizer: Tokenizer,
    encoded: ctranslate2.StorageView,
    prompts: Sequence[list[int]],
    search: Search,
) -> list[Attempt]:
    """One attempt for each row of the encoder's output and its prompt."""
    results = model.generate(
        encoded,
        list(prompts),
        max_length=length_option(search.max_tokens, search.prompt_length),
        return_scores=True,
        return_no_speech_prob=True,
        suppress_tokens=list(search.options.suppress_tokens),
        suppress_blank=search.options.suppress_blank,
        max_initial_timestamp_index=search.options.max_initial_timestamp_index,
        repetition_penalty=search.options.repetition_penalty,
        no_repeat_ngram_size=search.options.no_repeat_ngram_size,
        **_strategy(search),
    )
    return [_attempt(result, tokenizer, search) for result in results]


def _strategy(search: Search) -> dict[str, float | int]:
    options = search.options
    if search.temperature > 0:
        return {
            "beam_size": 1,
            "num_hypotheses": options.best_of,
            "sampling_topk": 0,
            "sampling_temperature": search.temperature,
            "length_penalty": options.length_penalty,
        }
    return {"beam_size": search.beam_size, "patience": options.patience, "length_penalty": options.length_penalty}


def length_option(max_tokens: int, prompt_length: int) -> int:
    """The max_length with which CTranslate2 stops after max_tokens, or where the decoder's positions end.

    It writes min(max_length / 2, max_length - prompt) tokens, its prompt being ours without the last token.
    """
    return min(POSITIONS, max_tokens + max(max_tokens, prompt_length - 1))


def _attempt(result: ctranslate2.models.WhisperGenerationResult, tokenizer: Tokenizer, search: Search) -> Attempt:
    tokens = tuple(result.sequences_ids[0])
    text = tokenizer.decode(tokens)
    cut_off = len(tokens) >= min(search.max_tokens, POSITIONS - search.prompt_length + 1)
    return Attempt(
        tokens=tokens,
        text=text,
        temperature=search.temperature,
        avg_logprob=_mean_logprob(result.scores[0], len(tokens), cut_off=cut_off, search=search),
        no_speech_prob=result.no_speech_prob,
        compression_ratio=compression_ratio(text),
        cut_off=cut_off,
    )


def _mean_logprob(score: float, length: int, *, cut_off: bool, search: Search) -> float:
    """The mean over the tokens and the end token, undone from CTranslate2's score.

    Its score is the sum of log-softmaxes before the temperature is applied, the end token's included, divided by
    the length without the end token to the power of the length penalty (decoding.cc, finalize_hypothesis_score).
    """
    if length == 0:
        return nan
    total = score * length**search.options.length_penalty
    return float(total / (length if cut_off else length + 1))
