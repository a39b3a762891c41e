"""A multipart form, parsed as its bytes arrive: the file goes straight into a spool, the fields are kept as text.

What the fields mean is the matter of `speech.form`; where the bytes come from, of `forms`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from speechkit.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE_PART = "file"

MAX_PARTS = 256
"""A request has some twenty kinds of field, and few of them repeat."""

MAX_FIELD_BYTES = 8 * 1024 * 1024
"""Of all fields together: voice samples come as fields, four of about 1.3 MB when base64 spells ten seconds of WAV."""


class Sink(Protocol):
    """Takes a form's file while it arrives; never a plain file on disk."""

    def write(self, chunk: bytes, /) -> None: ...
    def close(self) -> None: ...


class Spool(Sink, Protocol):
    """Where an upload lies while it is read: unnamed memory that can be sought in."""

    def fileno(self) -> int: ...


S = TypeVar("S", bound=Sink)

OpenSpool = Callable[[], Spool]


@dataclass(frozen=True, kw_only=True)
class Form(Generic[S]):
    fields: tuple[tuple[str, str], ...]
    file: S | None

    def text(self, name: str) -> str:
        """The field's last value; empty when it is absent, because clients send "" for what they leave unset."""
        return next((value for key, value in reversed(self.fields) if key == name), "")

    def texts(self, name: str) -> tuple[str, ...]:
        """An array's values; clients write its name with brackets or without."""
        return tuple(value for key, value in self.fields if key in (name, f"{name}[]") and value)

    def members(self, name: str) -> tuple[tuple[str, str], ...]:
        """An object's members, which come as fields of their own: `name[member]`."""
        opening = f"{name}["
        return tuple(
            (key.removeprefix(opening).removesuffix("]"), value)
            for key, value in self.fields
            if key.startswith(opening) and key.endswith("]") and key != f"{name}[]" and value
        )


AnyForm = Form[Any]
"""For those who read fields alone."""


class FormParser(Generic[S]):
    """Feed it chunks of any size, then `finish`; `close` in any case, it frees the upload."""

    def __init__(
        self, *, content_type: str, open_spool: Callable[[], S], file_begins: Callable[[AnyForm], None] = lambda _: None
    ) -> None:
        """`file_begins` is told the fields that came before the file."""
        self._open_spool = open_spool
        self._file_begins = file_begins
        self._fields: list[tuple[str, str]] = []
        self._file: S | None = None
        self._parts = 0
        self._field_bytes = 0
        self._ended = False
        self._begin_part()
        self._parser = self._parser_for(content_type)

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise InvalidRequest("The multipart body is malformed; let an HTTP library write it.") from error

    def finish(self) -> Form[S]:
        if not self._ended:
            raise InvalidRequest("The multipart body ends before its closing boundary; send the request again.")
        return Form(fields=tuple(self._fields), file=self._file)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _parser_for(self, content_type: str) -> MultipartParser:
        kind, parameters = parse_options_header(content_type)
        boundary = parameters.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidRequest(
                "The content type must be multipart/form-data with a boundary; send the audio as a part named `file`."
            )
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }
        try:
            return MultipartParser(boundary, callbacks)
        except FormParserError as error:
            raise InvalidRequest("The multipart boundary is too long; RFC 2046 allows 70 characters.") from error

    def _begin_part(self) -> None:
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._name = ""
        self._is_file = False
        self._text = bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise InvalidRequest(f"The form has more than {MAX_PARTS} parts; send fewer fields.")
        kind, parameters = parse_options_header(self._disposition.decode("latin-1"))
        if kind != b"form-data" or b"name" not in parameters:
            raise InvalidRequest(
                "A part of the form has no name; give each one `Content-Disposition: form-data; name=…`."
            )
        self._name = parameters[b"name"].decode("utf-8", "replace")
        self._is_file = self._name == FILE_PART
        if self._is_file:
            if self._file is not None:
                raise InvalidRequest("The form has two files; send one request for each.", param=FILE_PART)
            self._file_begins(Form(fields=tuple(self._fields), file=None))
            self._file = self._open_spool()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            assert self._file is not None
            self._file.write(data[start:end])
            return
        self._field_bytes += end - start
        if self._field_bytes > MAX_FIELD_BYTES:
            raise InvalidRequest(
                f"The form's fields hold more than {MAX_FIELD_BYTES} bytes beside the file; send less."
            )
        self._text += memoryview(data)[start:end]

    def _end_part(self) -> None:
        if self._is_file:
            return
        try:
            self._fields.append((self._name, self._text.decode()))
        except UnicodeDecodeError as error:
            raise InvalidRequest(f"Field '{self._name[:100]}' is not text in UTF-8.", param=self._name[:100]) from error

    def _end(self) -> None:
        self._ended = True
