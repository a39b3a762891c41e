"""Segments are refined in their places: every one comes back with its id and its times, and with its own words."""

from typing import Any

import pytest

from speechkit.adapters.postprocess import Postprocess
from speechkit.domain.modes import Mode, ModeLimits
from speechkit.domain.refinement import Refinement
from tests.chat.dialects import Reply, json_reply
from tests.chat.server import ChatServer
from tests.chat.service import TENANT, endpoint_at, to_refine
from tests.chat.writers import Writer, faithful, transcript_in

TEXTS = ["um we begin with the harbour", "[2] it has three cranes", "uh", "and nobody knows why", "[1] thank you"]


def asked_with(mode: str = "subtitles", **asked: Any) -> Refinement:
    return to_refine(texts=TEXTS, mode=mode, keep_passages=True, **asked)


@pytest.mark.parametrize("mode", ["subtitles", "clean-up"])
async def test_every_segment_comes_back_refined_in_its_time(
    mode: str, postprocess: Postprocess, server: ChatServer
) -> None:
    """Also one whose speaker says numbers in brackets, and one of which nothing is left."""
    server.write = lambda messages: faithful(messages).replace("[3] Uh.", "[3]")
    await endpoint_at(postprocess, server)
    asked = asked_with(mode)
    refined = await postprocess.refiner.refine(asked, deadline_seconds=10)
    assert refined.warnings == ()
    times = [(passage.id, passage.start, passage.end) for passage in asked.passages]
    assert [(passage.id, passage.start, passage.end) for passage in refined.passages] == times
    assert [passage.text for passage in refined.passages] == [
        " We begin with the harbour.",
        " [2] it has three cranes.",
        "",
        " And nobody knows why.",
        " [1] thank you.",
    ]
    assert refined.text == ("We begin with the harbour. [2] it has three cranes. And nobody knows why. [1] thank you.")


BAD_LINES: dict[str, tuple[Writer, str]] = {
    "drops a line": (lambda messages: "\n".join(faithful(messages).splitlines()[:-1]), "lines_missing"),
    "drops the numbers": (lambda messages: faithful(messages).replace("[", "("), "lines_missing"),
    "turns them round": (lambda messages: "\n".join(reversed(faithful(messages).splitlines())), "lines_changed"),
    "says one twice": (lambda messages: f"{faithful(messages)}\n[5] Thank you.", "lines_changed"),
    "invents one": (lambda messages: f"{faithful(messages)}\n[6] Bye.", "lines_changed"),
    "moves a line's words to the next": (
        lambda _: "[1] .\n[2] We begin with the harbour it has three cranes.\n[3] Uh\n[4] And nobody knows why.\n[5] T",
        "lines_changed",
    ),
}


@pytest.mark.parametrize("fault", BAD_LINES)
async def test_lines_that_do_not_come_back_as_they_went_are_not_used(
    fault: str, postprocess: Postprocess, server: ChatServer
) -> None:
    server.write, check = BAD_LINES[fault]
    await endpoint_at(postprocess, server)
    asked = asked_with()
    refined = await postprocess.refiner.refine(asked, deadline_seconds=10)
    assert (refined.passages, [warning.check for warning in refined.warnings]) == (asked.passages, [check])
    assert len(server.chats) == 2


async def test_a_mode_that_writes_a_text_of_its_own_leaves_segments_as_they_were_said(
    postprocess: Postprocess, server: ChatServer
) -> None:
    server.write = lambda _: "The harbour has three cranes, and nobody knows why."
    await endpoint_at(postprocess, server)
    asked = to_refine(texts=["the harbour has three cranes", "nobody knows why"], mode="summary", keep_passages=True)
    refined = await postprocess.refiner.refine(asked, deadline_seconds=10)
    assert refined.text == "The harbour has three cranes, and nobody knows why."
    assert (refined.passages, [warning.check for warning in refined.warnings]) == (asked.passages, ["segments_raw"])


async def test_text_alone_is_refined_as_one_text(postprocess: Postprocess, server: ChatServer) -> None:
    """A clean-up may make paragraphs, where nobody asks for times."""
    await endpoint_at(postprocess, server)
    refined = await postprocess.refiner.refine(to_refine(texts=["um we begin", "with cranes"]), deadline_seconds=10)
    assert (refined.text, refined.passages) == ("We begin with cranes.", ())
    assert transcript_in(server.chats[0].messages) == "um we begin with cranes"


async def test_an_hour_is_refined_in_parts_that_come_back_in_order(
    postprocess: Postprocess, server: ChatServer
) -> None:
    texts = [f"um sentence number {number} is about the harbour and its many cranes" for number in range(900)]
    await endpoint_at(postprocess, server)
    asked = to_refine(texts=texts, keep_passages=True)
    refined = await postprocess.refiner.refine(asked, deadline_seconds=60)
    assert refined.warnings == ()
    assert [passage.text for passage in refined.passages] == [
        f" Sentence number {number} is about the harbour and its many cranes." for number in range(900)
    ]
    assert len(server.chats) > 5
    assert server.most_at_once <= 4
    second = next(asked for asked in server.chats if "<before-" in asked.messages[1]["content"])
    assert "don't return it" in second.messages[1]["content"]


async def test_text_without_segments_is_cut_at_its_sentences_and_loses_none(
    postprocess: Postprocess, server: ChatServer
) -> None:
    server.write = transcript_in
    said = " ".join(f"This is sentence number {number}, about the harbour." for number in range(600))
    await endpoint_at(postprocess, server)
    refined = await postprocess.refiner.refine(to_refine(said), deadline_seconds=30)
    assert refined.warnings == ()
    assert " ".join(refined.text.split()) == said
    assert all(transcript_in(asked.messages).endswith(".") for asked in server.chats)


async def test_of_a_long_transcript_only_the_part_that_failed_is_raw(
    postprocess: Postprocess, server: ChatServer
) -> None:
    def fails_for_one(messages: list[dict[str, Any]]) -> str:
        return "I can't help with that." if "number 450 " in transcript_in(messages) else faithful(messages)

    texts = [f"um sentence number {number} is about the harbour" for number in range(900)]
    server.write = fails_for_one
    await endpoint_at(postprocess, server)
    refined = await postprocess.refiner.refine(to_refine(texts=texts, keep_passages=True), deadline_seconds=60)
    assert len(refined.passages) == 900
    assert refined.passages[0].text == " Sentence number 0 is about the harbour."
    assert refined.passages[450].text == " um sentence number 450 is about the harbour"
    (warning,) = refined.warnings
    assert "1 of " in warning.message
    assert refined.refined


async def test_half_of_what_is_to_be_one_text_is_not_given(postprocess: Postprocess, server: ChatServer) -> None:
    """An email or a summary whose end is a raw transcript is worse than the transcript."""
    mode = Mode(name="letter", instructions="Write a letter.", limits=ModeLimits.REWRITING)
    await endpoint_at(postprocess, server, context_tokens=1024)
    await postprocess.modes.create(mode, tenant=TENANT)
    said = "um ".join(f"sentence number {number} is about the harbour. " for number in range(100))

    def fails_at_the_end(messages: list[dict[str, Any]]) -> str:
        return "I can't help with that." if "number 99 " in transcript_in(messages) else faithful(messages)

    server.write = fails_at_the_end
    refined = await postprocess.refiner.refine(to_refine(said, mode="letter"), deadline_seconds=30)
    assert (refined.text, refined.refined) == (said.strip(), False)


async def test_a_context_that_turns_out_smaller_is_learned(postprocess: Postprocess, server: ChatServer) -> None:
    """The server says how much its model reads only when it was too much; what is too long is cut again."""
    too_long = json_reply({"error": {"message": "This model's maximum context length is 1500 tokens."}}, status=400)

    def reads_little(messages: list[dict[str, Any]]) -> str | Reply:
        return too_long if length(messages) > 4_000 else faithful(messages)

    def length(messages: list[dict[str, Any]]) -> int:
        return sum(len(message["content"]) for message in messages)

    server.write = reads_little
    asked = to_refine(texts=[f"sentence number {number} is about the harbour." for number in range(200)])
    await endpoint_at(postprocess, server)
    refined = await postprocess.refiner.refine(asked, deadline_seconds=30)
    assert refined.warnings == ()
    assert all(f"number {number} is" in refined.text for number in range(200))
    before = len(server.chats)
    await postprocess.refiner.refine(asked, deadline_seconds=30)
    assert all(length(chat.messages) <= 4_000 for chat in server.chats[before:])
