"""The decoder's processes below this one, told from other servers that the test session keeps running."""

from contextlib import suppress

import psutil


def zygotes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "speechkit.adapters.media.zygote" in child.cmdline()]


def the_zygote() -> psutil.Process:
    (zygote,) = zygotes()
    return zygote


def decoders_at_work(zygote: psutil.Process) -> list[psutil.Process]:
    """The children that have a file: these are confined, while the spare may still take descriptors."""
    return [child for child in zygote.children() if not _may_take_descriptors(child)]


def only_the_spare_is_left(zygote: psutil.Process) -> bool:
    return [_may_take_descriptors(child) for child in zygote.children()] == [True]


def _may_take_descriptors(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.rlimit(psutil.RLIMIT_NOFILE)[0] > 0
    return False
