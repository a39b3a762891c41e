"""Whisper's tokens: which ids mean what in this model's vocabulary, and text to and from the ids of text.

What tokens a prompt is made of is the matter of `prompts`; how a text falls into words, of `words`.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer as FileTokenizer

ENGLISH_ONLY_END_OF_TEXT = 50_256
TIMESTAMPS = 1_501
"""From 0.00 to 30.00 in steps of 20 ms."""


class Tokenizer:
    """Ids below `end_of_text` are text, ids from `timestamp_begin` on are times in steps of 20 ms."""

    def __init__(self, path: Path) -> None:
        self._file = FileTokenizer.from_file(str(path))
        # A prompt that spells out <|endoftext|> is text like any other: nobody steers the decoder from outside.
        self._file.encode_special_tokens = True
        self.end_of_text = self._id("<|endoftext|>")
        self.start_of_transcript = self._id("<|startoftranscript|>")
        self.translate = self._id("<|translate|>")
        self.transcribe = self._id("<|transcribe|>")
        self.start_of_previous = self._id("<|startofprev|>")
        self.no_timestamps = self._id("<|notimestamps|>")
        self.timestamp_begin = self.no_timestamps + 1
        self.size = self.timestamp_begin + TIMESTAMPS

    @property
    def multilingual(self) -> bool:
        """English-only models have one text token less; their language tokens were never trained."""
        return self.end_of_text > ENGLISH_ONLY_END_OF_TEXT

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes between <|startoftranscript|> and <|translate|>."""
        if not self.multilingual:
            return ("en",)
        ids = range(self.start_of_transcript + 1, self.translate)
        return tuple(map(self.language_code, ids))

    def language(self, code: str) -> int:
        return self._id(f"<|{code}|>")

    def language_code(self, token: int) -> str:
        return (self._file.id_to_token(token) or "").strip("<|>")

    def encode(self, text: str) -> list[int]:
        ids = self._file.encode(text, add_special_tokens=False).ids
        return [token for token in ids if token < self.end_of_text]

    def spelling(self, token: int) -> bytes:
        """The bytes that a token writes, perhaps a part of a character; none for all that is not text."""
        if token >= self.end_of_text:
            return b""
        alphabet = _byte_alphabet()
        return bytes(alphabet[character] for character in self._file.id_to_token(token) or "")

    def decode(self, tokens: Iterable[int]) -> str:
        """The text among the tokens; a character whose bytes are cut off becomes U+FFFD."""
        return b"".join(map(self.spelling, tokens)).decode(errors="replace")

    def text_tokens(self, tokens: Iterable[int]) -> list[int]:
        return [token for token in tokens if token < self.end_of_text]

    def is_timestamp(self, token: int) -> bool:
        return token >= self.timestamp_begin

    def seconds(self, timestamp: int) -> float:
        return (timestamp - self.timestamp_begin) / 50.0

    def _id(self, token: str) -> int:
        found = self._file.token_to_id(token)
        if found is None:
            raise ValueError(f"tokenizer.json lacks {token}: this is not a Whisper tokenizer")
        return int(found)


@cache
def _byte_alphabet() -> dict[str, int]:
    """GPT-2's alphabet: printable Latin-1 stands for itself, the other bytes for the characters from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + rank): byte for rank, byte in enumerate(others)}
