"""Sound and multipart bodies, byte by byte as a test wants them."""

import io
import wave
from dataclasses import dataclass

import numpy as np

SAMPLE_RATE = 16_000


def wav(seconds: float, *, amplitude: int = 8_000) -> bytes:
    """A tone, which the fake voice detector takes for speech; amplitude 0 is silence."""
    samples = amplitude * np.sin(np.arange(round(seconds * SAMPLE_RATE)) / 10)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(samples.astype(np.int16).tobytes())
    return file.getvalue()


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    content: bytes
    filename: str | None = None
    quoted: bool = True

    def encoded(self) -> bytes:
        quote = '"' if self.quoted else ""
        filename = "" if self.filename is None else f"; filename={quote}{self.filename}{quote}"
        header = f"Content-Disposition: form-data; name={quote}{self.name}{quote}{filename}\r\n"
        kind = "" if self.filename is None else "Content-Type: application/octet-stream\r\n"
        return header.encode() + kind.encode() + b"\r\n" + self.content


def multipart(*parts: Part, boundary: str = "edge") -> bytes:
    opening = f"--{boundary}\r\n".encode()
    body = b"".join(opening + part.encoded() + b"\r\n" for part in parts)
    return body + f"--{boundary}--\r\n".encode()


def content_type(boundary: str = "edge") -> dict[str, str]:
    return {"content-type": f"multipart/form-data; boundary={boundary}"}
