"""The edited text is found in whatever a chat model wraps around it; nothing that was said is taken for a wrapper."""

import time

import pytest

from postprocess.guard import read_answer


@pytest.mark.parametrize(
    "content",
    [
        "We meet on Monday.",
        "  \nWe meet on Monday.\n\n",
        "<think>The speaker wants a meeting.</think>We meet on Monday.",
        "<think>\n\n</think>\n\nWe meet on Monday.",
        "<THINK>hm</THINK> We meet on Monday.",
        "The speaker wants a meeting.\n</think>\nWe meet on Monday.",
        "<think>one</think><think>two</think>We meet on Monday.",
        "<thinking>a < b</thinking>We meet on Monday.",
        "<seed:think>hm</seed:think>We meet on Monday.",
        "[THINK]hm[/THINK]We meet on Monday.",
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>We meet on Monday.",
        "```\nWe meet on Monday.\n```",
        "```text\nWe meet on Monday.\n```",
        "~~~~\nWe meet on Monday.\n~~~~",
        '"We meet on Monday."',
        "“We meet on Monday.”",
        "„We meet on Monday.“",
        "«We meet on Monday.»",
        "「We meet on Monday.」",
        "<transcript>We meet on Monday.</transcript>",
        "<transcript-7f3a9c>\nWe meet on Monday.\n</transcript-7f3a9c>",
        '<transcript id="7f3a9c">We meet on Monday.',
        "We meet on Monday.\n</transcript-7f3a9c>",
        "We meet on Monday.<|im_end|>",
        '<think>hm</think>\n```\n<transcript>"We meet on Monday."</transcript>\n```<|eot_id|>',
    ],
)
def test_what_models_wrap_around_their_answer_is_taken_off(content: str) -> None:
    """Reasoning (also without its opener), code fences, quotation marks, the fence of the prompt and stop tokens go."""
    assert read_answer(content) == "We meet on Monday."


@pytest.mark.parametrize(
    "content",
    [
        "<think>We meet on Monday.",
        "<think>We meet on Monday, says the speaker",
        "[THINK]hm",
        "<|channel|>analysis<|message|>The speaker wants",
    ],
)
def test_reasoning_that_never_ended_is_no_answer(content: str) -> None:
    """A model whose tokens ran out while it thought has not answered."""
    assert not read_answer(content)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '"Yes," she said, and then "no."',
        'He said "Monday"',
        "We think it is Monday. I'm thinking aloud.",
        "Type ```ls``` and then ```pwd```",
        "```\nls\n```\nand then\n```\npwd\n```",
        "The tag transcript is closed by a slash.",
        "'",
        '""',
        "a < b and b > c",
        "It's the boys'",
    ],
)
def test_words_that_only_look_like_a_wrapper_stay(text: str) -> None:
    """Quotations, code and tags inside a text belong to it."""
    assert read_answer(text) == text


@pytest.mark.parametrize(
    "piece", [" ", "<think>", "</think>", "```\n", "<transcript>", '"', "<|channel|>", "<|", "[THINK]", "\n"]
)
@pytest.mark.timeout(20)
def test_a_hostile_answer_is_read_in_a_moment(piece: str) -> None:
    """Reading is linear: no repetition makes it slow."""
    started = time.perf_counter()
    read_answer("a" + piece * 200_000 + "b")
    read_answer(piece * 200_000)
    assert time.perf_counter() - started < 2
