"""Ports that nothing listens on, for servers that a test starts."""

import contextlib
import socket


def free_ports(count: int) -> list[int]:
    """All asked for at once, so that no two are the same; somebody could still take one before its server does."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]
