"""The failure to listen, told in a way that says what to do, and the wildcard-safe spelling of an address."""


class CannotListen(Exception):
    """A port is taken or may not be used; the message says which setting to change."""

    def __init__(self, *, host: str, port: int, setting: str, cause: OSError | RuntimeError) -> None:
        why = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
        super().__init__(
            f"Can't listen on {address(host, port)}: {why}. Stop the program that uses the port, or set {setting}."
        )


def address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
