"""A sealer that says whose text it is, and no more."""

from speechkit.domain.errors import Internal


class FakeSealer:
    def seal(self, plain: bytes, *, about: str) -> bytes:
        return about.encode() + b"|" + plain

    def unseal(self, sealed: bytes, *, about: str) -> bytes:
        if not sealed.startswith(about.encode() + b"|"):
            raise Internal("What was stored can't be read.")
        return sealed.removeprefix(about.encode() + b"|")
