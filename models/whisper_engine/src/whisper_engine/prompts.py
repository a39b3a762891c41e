"""The tokens that stand before a window's text: what was said before, then language, task and timestamps.

The windows of one file do not prompt one another: that would forbid doing them in parallel, and spread loops.
"""

from whisper_engine.contract import WindowRequest
from whisper_engine.tokenizer import Tokenizer

MAX_PREVIOUS_TOKENS = 224
MAX_HOTWORD_TOKENS = 112
"""Half of the room before the window, so that hotwords never drive out the prompt's end."""


def prompt_tokens(request: WindowRequest, tokenizer: Tokenizer, *, start: list[int]) -> list[int]:
    tokens = _previous(request, tokenizer) + start
    return tokens if request.timestamps else [*tokens, tokenizer.no_timestamps]


def start_sequence(tokenizer: Tokenizer, *, language: str, task: str) -> list[int]:
    if not tokenizer.multilingual:
        return [tokenizer.start_of_transcript]
    task_token = tokenizer.translate if task == "translate" else tokenizer.transcribe
    return [tokenizer.start_of_transcript, tokenizer.language(language), task_token]


def _previous(request: WindowRequest, tokenizer: Tokenizer) -> list[int]:
    hotwords = _encoded(request.hotwords, tokenizer)[:MAX_HOTWORD_TOKENS]
    room = MAX_PREVIOUS_TOKENS - len(hotwords)
    tokens = hotwords + _encoded(request.prompt, tokenizer)[-room:]
    return [tokenizer.start_of_previous, *tokens] if tokens else []


def _encoded(text: str, tokenizer: Tokenizer) -> list[int]:
    # With a space before it, as text within a transcript has.
    return tokenizer.encode(" " + text.strip()) if text.strip() else []
