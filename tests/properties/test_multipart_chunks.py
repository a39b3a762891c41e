"""A form is the same form however its bytes are cut into chunks, and whatever bytes the file holds."""

import os
from contextlib import suppress
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.intake.multipart import FormParser
from speechkit.adapters.media.spool import MemorySpool
from speechkit.domain.errors import InvalidRequest
from tests.doors.forms import Part, content_type, multipart

BOUNDARY = "----edge-7"
DELIMITER = b"\r\n--" + BOUNDARY.encode()

# Bytes that look like the beginning of a delimiter are where parsers go wrong.
nearly_delimiters = st.integers(0, len(DELIMITER) - 1).map(lambda length: DELIMITER[:length])
contents = (
    st.lists(st.binary(max_size=20) | nearly_delimiters, max_size=8)
    .map(b"".join)
    .filter(lambda content: DELIMITER not in b"\r\n" + content + b"\r\n" and BOUNDARY.encode() not in content)
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(lambda text: BOUNDARY not in text)
fields = st.lists(st.tuples(st.sampled_from(["model", "prompt", "a[b]", "c[]"]), texts), max_size=4)
cuts = st.lists(st.integers(0, 2_000), max_size=30)


def parse(body: bytes, cut_at: list[int]) -> tuple[tuple[tuple[str, str], ...], bytes | None]:
    parser = FormParser(content_type=content_type(BOUNDARY)["content-type"], open_spool=MemorySpool)
    try:
        edges = [0, *sorted(min(cut, len(body)) for cut in cut_at), len(body)]
        for start, end in pairwise(edges):
            parser.feed(body[start:end])
        form = parser.finish()
        return form.fields, None if form.file is None else os.pread(form.file.fileno(), 1 << 20, 0)
    finally:
        parser.close()


@settings(deadline=None)
@given(fields=fields, file=st.none() | contents, file_at=st.integers(0, 4), cut_at=cuts)
def test_chunks_do_not_change_what_arrives(
    fields: list[tuple[str, str]], file: bytes | None, file_at: int, cut_at: list[int]
) -> None:
    parts = [Part(name=name, content=text.encode()) for name, text in fields]
    if file is not None:
        parts.insert(min(file_at, len(parts)), Part(name="file", filename="a.wav", content=file))
    assert parse(multipart(*parts, boundary=BOUNDARY), cut_at) == (tuple(fields), file)


@settings(deadline=None)
@given(body=st.binary(max_size=300) | st.binary(max_size=60).map(lambda tail: DELIMITER[2:] + b"\r\n" + tail))
def test_any_bytes_are_a_form_or_a_refusal(body: bytes) -> None:
    """Nothing else comes out of the parser, so nothing else can become a 500."""
    for cut_at in ([], list(range(0, len(body), 7))):
        with suppress(InvalidRequest):
            parse(body, cut_at)
