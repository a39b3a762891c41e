"""Forms as real clients write them, and as hostile ones do."""

import os

import pytest

from gateway.intake.multipart import MAX_FIELD_BYTES, MAX_PARTS, AnyForm, FormParser
from speechkit.adapters.media.spool import MemorySpool
from speechkit.domain.errors import InvalidRequest
from tests.doors.forms import Part, content_type, multipart

FILE = Part(name="file", filename="speech.wav", content=b"RIFF....")
MODEL = Part(name="model", content=b"whisper-1")


def parse(body: bytes, *, boundary: str = "edge") -> tuple[AnyForm, bytes]:
    parser = FormParser(content_type=content_type(boundary)["content-type"], open_spool=MemorySpool)
    try:
        parser.feed(body)
        form = parser.finish()
        return form, b"" if form.file is None else os.pread(form.file.fileno(), 1 << 24, 0)
    finally:
        parser.close()


@pytest.mark.parametrize("parts", [(FILE, MODEL), (MODEL, FILE)], ids=["file first", "file last"])
def test_the_order_of_the_parts_does_not_matter(parts: tuple[Part, ...]) -> None:
    """OpenAI's Python client sends the file last, its Node client first."""
    form, content = parse(multipart(*parts))
    assert (form.text("model"), content) == ("whisper-1", b"RIFF....")


def test_unquoted_names_and_a_quoted_boundary_with_equals_signs() -> None:
    """As .NET writes them; file names may hold slashes."""
    parts = (
        Part(name="model", content=b"whisper-1", quoted=False),
        Part(name="file", filename="C:/audio/speech.wav", content=b"RIFF", quoted=False),
    )
    form, content = parse(multipart(*parts, boundary="a=b=="), boundary='"a=b=="')
    assert (form.text("model"), content) == ("whisper-1", b"RIFF")


@pytest.mark.parametrize("filename", [None, "", "upload", "film.mkv", 'a";x=".wav', "ümläut.mp3", "../../etc/passwd"])
def test_the_part_named_file_is_the_file_whatever_it_is_called(filename: str | None) -> None:
    """The content decides what it is; BytesIO arrives as `upload`, some clients send no name at all."""
    _, content = parse(multipart(MODEL, Part(name="file", filename=filename, content=b"\x00\r\n--edg")))
    assert content == b"\x00\r\n--edg"


def test_arrays_come_with_brackets_or_without_and_the_last_value_of_a_scalar_counts() -> None:
    parts = [
        Part(name="timestamp_granularities[]", content=b"word"),
        Part(name="timestamp_granularities", content=b"segment"),
        Part(name="language", content=b"de"),
        Part(name="language", content=b"en"),
    ]
    form, _ = parse(multipart(*parts))
    assert form.texts("timestamp_granularities") == ("word", "segment")
    assert form.text("language") == "en"
    assert form.text("prompt") == ""


def test_a_field_may_be_larger_than_a_mebibyte() -> None:
    """Samples of known voices come as fields."""
    large = b"x" * (3 << 20)
    form, _ = parse(multipart(MODEL, Part(name="known_speaker_references[]", content=large)))
    assert form.texts("known_speaker_references") == (large.decode(),)


def test_text_around_the_parts_is_ignored() -> None:
    form, _ = parse(b"\r\n" + multipart(MODEL) + b"epilogue")
    assert form.text("model") == "whisper-1"


WHOLE = multipart(MODEL, FILE)

HOSTILE = {
    "empty": b"",
    "closing boundary missing": WHOLE[: -len(b"--edge--\r\n")],
    "cut in the headers": WHOLE[:30],
    "other boundary": multipart(MODEL, boundary="other"),
    "garbage": bytes(range(256)) * 40,
    "part without headers": b"--edge\r\n\r\nvalue\r\n--edge--\r\n",
    "part without a name": b"--edge\r\nContent-Disposition: form-data\r\n\r\nvalue\r\n--edge--\r\n",
    "attachment": b'--edge\r\nContent-Disposition: attachment; name="file"\r\n\r\nvalue\r\n--edge--\r\n',
    "bad header name": b"--edge\r\nContent Disposition: form-data\r\n\r\nvalue\r\n--edge--\r\n",
    "endless header": b"--edge\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\nvalue\r\n--edge--\r\n",
    "a thousand headers": b"--edge\r\n" + b"X-A: b\r\n" * 1_000 + b"\r\nvalue\r\n--edge--\r\n",
    "too many parts": multipart(*[Part(name=f"field{number}", content=b"") for number in range(MAX_PARTS + 1)]),
    "fields that fill the memory": multipart(Part(name="prompt", content=bytes(MAX_FIELD_BYTES + 1))),
    "two files": multipart(FILE, FILE),
    "text that is not UTF-8": multipart(Part(name="prompt", content=b"\xff\xfe")),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_forms_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"\w+ .+[.]$"):
        parse(body)


def test_a_boundary_beyond_reason_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="boundary"):
        FormParser(content_type=f"multipart/form-data; boundary={'x' * 300}", open_spool=MemorySpool)


def test_refused_forms_leave_no_memory_behind() -> None:
    spools: list[MemorySpool] = []

    def open_spool() -> MemorySpool:
        spools.append(spool := MemorySpool())
        return spool

    parser = FormParser(content_type=content_type()["content-type"], open_spool=open_spool)
    with pytest.raises(InvalidRequest, match="two files"):
        parser.feed(multipart(FILE, FILE))
    parser.close()
    assert [spool.fileno() for spool in spools] == [-1]
