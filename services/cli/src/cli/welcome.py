"""What `earshot serve` says when it is ready: where it listens, and a first request that works as printed."""

import shlex
from pathlib import Path

from gateway.settings import GatewaySettings
from speechkit.runtime.listening import address

WILDCARD_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read here, not listened on


def welcome(gateway: GatewaySettings, *, sample: Path | None) -> str:
    host = WILDCARD_ADDRESSES.get(gateway.http_host, gateway.http_host)
    url = f"http://{address(host, gateway.http_port)}/v1"
    file = shlex.quote(f"file=@{sample.resolve()}") if sample else "file=@a-recording-of-yours.wav"
    engine = "Triton" if gateway.recognizer == "triton" else "the engine in this process"
    if gateway.keys_required:
        key, header = "a key of `earshot keys create --tenant NAME`", ' -H "Authorization: Bearer $EARSHOT_API_KEY"'
    else:
        key, header = "any API key", ""
    return f"""
Earshot is ready at {url}, with {gateway.model} on {engine}.

Try it from another terminal:

    curl {url}/audio/transcriptions{header} -F model=whisper-1 -F {file}

Any OpenAI client works with base_url={url} and {key}. Ctrl-C stops everything.
"""
