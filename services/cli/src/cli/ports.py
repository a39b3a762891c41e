"""Asks for every port before anything is started, so that a taken one is told at once and not after a minute."""

import socket
from dataclasses import dataclass

from speechkit.runtime.listening import CannotListen


@dataclass(frozen=True, kw_only=True)
class WantedPort:
    host: str
    port: int
    setting: str


def require_free(ports: list[WantedPort]) -> None:
    """Raises CannotListen."""
    for wanted in ports:
        family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
        try:
            socket.create_server((wanted.host, wanted.port), family=family).close()
        except OSError as error:
            raise CannotListen(host=wanted.host, port=wanted.port, setting=wanted.setting, cause=error) from error
