"""A Hugging Face hub of one's own: serves bytes at /repository/resolve/revision/name, with the faults a test wants."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hub:
    """What it serves, what goes wrong, and what it was asked; the endpoint is known once it runs."""

    files: dict[str, bytes] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    """Answers before the real one, used up in order."""
    cut_after_bytes: list[int] = field(default_factory=list)
    """Bodies that end early, used up in order."""
    supports_ranges: bool = True
    tells_length: bool = True
    redirects: bool = False
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range header of each request that reached a file."""
    endpoint: str = ""


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(hub))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler_of(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("/elsewhere")
            if hub.redirects and path == self.path:
                self.send_response(302)
                self.send_header("location", f"{hub.endpoint}/elsewhere{path}")
                self.send_header("content-length", "0")
                self.end_headers()
                return
            hub.requests.append((path, self.headers.get("range")))
            content = hub.files.get(path)
            if hub.statuses or content is None:
                self._refuse(hub.statuses.pop(0) if hub.statuses else 404)
                return
            offset = self._offset() if hub.supports_ranges else 0
            self._send(content, offset)

        def _refuse(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def _offset(self) -> int:
            return int((self.headers.get("range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))

        def _send(self, content: bytes, offset: int) -> None:
            body = content[offset:]
            self.send_response(206 if offset else 200)
            if offset:
                self.send_header("content-range", f"bytes {offset}-{len(content) - 1}/{len(content)}")
            if hub.tells_length:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            cut = hub.cut_after_bytes.pop(0) if hub.cut_after_bytes else len(body)
            self.wfile.write(body[:cut])
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            pass

    return Handler
