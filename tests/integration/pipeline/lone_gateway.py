"""A gateway in a process of its own, to measure its memory: all of it is real but for the recognizer.

Run as `python -m tests.integration.pipeline.lone_gateway`; prints its port and serves until its input ends.
"""

import asyncio
import sys

from gateway.access import Access
from gateway.bootstrap import build_gateway
from gateway.settings import GatewaySettings
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.runtime.health import Readiness
from speechkit.runtime.http_server import http_server
from tests.fakes.recognizer import FakeRecognizer


async def main() -> None:
    async with PyAvDecoder(DecoderLimits()) as decoder:
        doors = build_gateway(
            GatewaySettings(),
            recognizer=FakeRecognizer(),
            decoder=decoder,
            voice_detector=SileroVoiceDetector(),
            open_spool=MemorySpool,
            access=Access(keys=None, limits=MemoryLimitStore()),
            readiness=Readiness(),
        )
        async with http_server(
            doors.http, host="127.0.0.1", port=0, port_setting="EARSHOT_HTTP_PORT", grace_seconds=1
        ) as port:
            print(port, flush=True)
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
