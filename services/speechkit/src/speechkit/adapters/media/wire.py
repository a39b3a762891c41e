"""What the three processes of the media decoder say to one another, byte by byte.

The service asks the zygote over a control socket (requests, reports); a file's own process answers the service over
a pipe (frames), and may ask it for the file (reads). How the processes are started and confined stands in their own
modules.
"""

from enum import IntEnum, StrEnum
from struct import Struct

REQUEST = Struct("<cQ")
"""Service to zygote: what, and the number of the decoding; FORK carries the media and the pipe's end as SCM_RIGHTS."""

FORK = b"F"
KILL = b"K"

REPORT = Struct("<cQq")
"""Zygote to service: what, the number of the decoding, a value."""

READY = b"R"
"""Once, at the start: 1 when a system call filter confines the children, 0 when the kernel refuses one."""
STARTED = b"S"
"""The child's process id."""
EXITED = b"X"
"""The child's exit code, negative for a signal."""

READ = Struct("<QQ")
"""Child to service, through a socket instead of a file: start and length of what it wants. The answer begins with the
start and the length of what follows."""
HOW_LARGE = 2**64 - 1
"""As a start, the question for the size, which is then the answer's length with nothing behind it."""
BLOCK_BYTES = 1024 * 1024
"""The most that is asked for at once."""

FRAME = Struct("<BI")
"""Child to service: a Frame and the length of what follows."""

MAX_PAYLOAD_BYTES = 256 * 1024

SAMPLE_BYTES = 2
"""Samples travel as native signed 16-bit: half a float's bytes, never NaN, and libswresample then keeps a downmix
within full scale, which it does not for float."""


class Frame(IntEnum):
    SAMPLES = 0
    END = 1
    FAILED = 2
    """The payload is a Failure's value, a space, and a detail."""


class Failure(StrEnum):
    NOT_MEDIA = "not_media"
    NO_AUDIO = "no_audio"
    UNKNOWN_CODEC = "unknown_codec"
    UNKNOWN_LAYOUT = "unknown_layout"
    NOTHING_DECODED = "nothing_decoded"
    OUT_OF_MEMORY = "out_of_memory"


EXIT_DECODING_FAILED = 70
"""EX_SOFTWARE of sysexits.h: the file led the decoder where it should not be."""
EXIT_FORK_FAILED = 71
"""EX_OSERR of sysexits.h: the kernel gave the zygote no process."""
EXIT_MEDIA_LOST = 74
"""EX_IOERR: whoever has the file gave no more of it."""
EXIT_UNCONFINED = 77
"""EX_NOPERM: the child could not apply its limits, and so did not look at the file."""
