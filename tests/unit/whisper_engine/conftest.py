"""Whisper vocabularies without weights: a token for each byte, fillers, and the special ones at their own ids."""

from pathlib import Path

import pytest
from tokenizers import AddedToken, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as FileTokenizer

from whisper_engine.tokenizer import Tokenizer

MULTILINGUAL_TEXT_TOKENS = 50_257
SPECIAL = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|zh|>",
    "<|ja|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nocaptions|>",
    "<|notimestamps|>",
]


def write_tokenizer(path: Path, *, text_tokens: int) -> Path:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    filler = [f"unused{number}" for number in range(text_tokens - len(alphabet))]
    vocabulary = {text: token for token, text in enumerate([*alphabet, *filler])}
    file = FileTokenizer(models.BPE(vocab=vocabulary, merges=[]))
    file.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    file.decoder = decoders.ByteLevel()
    file.add_special_tokens([AddedToken(text, special=True) for text in SPECIAL])
    file.save(str(path))
    return path


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """Multilingual: English, Chinese and Japanese."""
    path = tmp_path_factory.mktemp("multilingual") / "tokenizer.json"
    return Tokenizer(write_tokenizer(path, text_tokens=MULTILINGUAL_TEXT_TOKENS))


@pytest.fixture(scope="session")
def english_tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    path = tmp_path_factory.mktemp("english") / "tokenizer.json"
    return Tokenizer(write_tokenizer(path, text_tokens=MULTILINGUAL_TEXT_TOKENS - 1))


def write_model_files(directory: Path) -> Path:
    """A multilingual model's folder, but for its weights."""
    directory.mkdir()
    write_tokenizer(directory / "tokenizer.json", text_tokens=MULTILINGUAL_TEXT_TOKENS)
    (directory / "config.json").write_text('{"alignment_heads": [[0, 0]], "suppress_ids": [1, 2]}')
    return directory


@pytest.fixture(scope="session")
def model_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model_files(tmp_path_factory.mktemp("models") / "multilingual")
