"""Google Cloud Storage as obstore speaks it: the XML API, whose words S3 servers know too, before versitygw.

Google has no server of its own to run elsewhere, so what Google alone answers is not shown here. Between the two stands
a relay that asks for the token, which no S3 server knows, and signs in its place.
"""

import hashlib
import hmac
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, unquote, urlencode

from tests.stores.s3 import ACCESS_KEY, SECRET_KEY, S3Server, new_s3

TOKEN = "token-of-tests"
REGION = "us-east-1"
UNSIGNED = "UNSIGNED-PAYLOAD"
REFUSED = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class GcsServer:
    port: int

    @property
    def environment(self) -> dict[str, str]:
        """What a client of it is told."""
        return {"GOOGLE_BASE_URL": f"http://127.0.0.1:{self.port}", "GOOGLE_BEARER_TOKEN": TOKEN}


@contextmanager
def served_gcs() -> Iterator[GcsServer]:
    """With an empty bucket; raises ProgramMissing where this machine can't."""
    with new_s3() as s3, s3.served(), _relay(s3) as port:
        yield GcsServer(port=port)


@contextmanager
def _relay(s3: S3Server) -> Iterator[int]:
    class Relay(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            """One request for each connection, as the answer says."""
            method, target, _ = self.rfile.readline().decode().split()
            headers = {}
            while line := self.rfile.readline().decode().strip():
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            if headers.pop("authorization", "") != f"Bearer {TOKEN}":
                self.wfile.write(REFUSED)
                return
            body = self.rfile.read(int(headers.get("content-length", 0)))
            target, signature = _signed(method, target, host=headers["host"])
            lines = [f"{name}: {value}" for name, value in (headers | signature | {"connection": "close"}).items()]
            with socket.create_connection(("127.0.0.1", s3.port)) as server:
                server.sendall("\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode() + body)
                while part := server.recv(65_536):
                    self.wfile.write(part)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as relay:
        relay.daemon_threads = True
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        try:
            yield int(relay.server_address[1])
        finally:
            relay.shutdown()


def _signed(method: str, target: str, *, host: str) -> tuple[str, dict[str, str]]:
    """The target as S3 servers write it, and the headers of AWS's fourth signature."""
    path, _, query = target.partition("?")
    path = quote(unquote(path), safe="/-_.~")
    query = urlencode(sorted(parse_qsl(query, keep_blank_values=True)), quote_via=quote, safe="-_.~")
    now = datetime.now(UTC)
    day, moment = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
    signed = {"host": host, "x-amz-content-sha256": UNSIGNED, "x-amz-date": moment}
    names = ";".join(signed)
    asked = "\n".join([method, path, query, *(f"{k}:{v}" for k, v in signed.items()), "", names, UNSIGNED])
    scope = f"{day}/{REGION}/s3/aws4_request"
    told = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(asked.encode()).hexdigest()])
    key = f"AWS4{SECRET_KEY}".encode()
    for part in (*scope.split("/"), told):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    credential = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    return f"{path}?{query}" if query else path, signed | {"authorization": credential}
