"""A sealer that says whose text it is, and no more."""


class FakeSealer:
    def seal(self, plain: bytes, *, about: str) -> bytes:
        return about.encode() + b"|" + plain

    def unseal(self, sealed: bytes, *, about: str) -> bytes:
        return sealed.removeprefix(about.encode() + b"|")
