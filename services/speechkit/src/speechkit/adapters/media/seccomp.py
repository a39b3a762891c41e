"""A system call filter for Linux: what a decoder needs to compute, read and write, and nothing else.

It is the kernel that enforces it, for the rest of the process's life; other limits are the sandbox's matter.
"""

import ctypes
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

RET_ALLOW = 0x7FFF_0000
RET_EPERM = 0x0005_0001
"""Fail the call rather than kill: code that only asks (a library counting processors) carries on without."""
RET_KILL_PROCESS = 0x8000_0000

LOAD_WORD = 0x20
JUMP_IF_EQUAL = 0x15
RETURN = 0x06
INSTRUCTION = struct.Struct("=HBBI")

OFFSET_OF_NUMBER = 0
OFFSET_OF_ARCHITECTURE = 4

# Number of each call on x86_64 and on aarch64. They reach only memory, time and the two descriptors that are left.
# A wrong one costs the call, never the confinement.
CALLS = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "exit": (60, 93),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
}

# AUDIT_ARCH_… of linux/audit.h, and the column of CALLS.
ARCHITECTURES = {"x86_64": (0xC000_003E, 0), "aarch64": (0xC000_00B7, 1)}

_libc = ctypes.CDLL(None, use_errno=True)


def supported() -> bool:
    """Whether there is a filter for this machine; its kernel may still refuse it."""
    return sys.platform == "linux" and platform.machine() in ARCHITECTURES


def install() -> None:
    """Confines the calling thread and all that it starts, for good. Raises OSError if the kernel refuses."""
    program = _program(*ARCHITECTURES[platform.machine()])
    code = ctypes.create_string_buffer(program, len(program))
    filter_header = _FilterHeader(len(program) // INSTRUCTION.size, ctypes.addressof(code))
    # Without it only root may install a filter, because a set-uid program could be tricked by one.
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(filter_header))


class _FilterHeader(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("instructions", ctypes.c_ushort), ("program", ctypes.c_void_p))


def _program(architecture: int, column: int) -> bytes:
    """A foreign architecture's numbers mean other calls, hence the kill; then one comparison for each allowed call."""
    numbers = sorted(numbers[column] for numbers in CALLS.values())
    instructions = [
        INSTRUCTION.pack(LOAD_WORD, 0, 0, OFFSET_OF_ARCHITECTURE),
        INSTRUCTION.pack(JUMP_IF_EQUAL, 1, 0, architecture),
        INSTRUCTION.pack(RETURN, 0, 0, RET_KILL_PROCESS),
        INSTRUCTION.pack(LOAD_WORD, 0, 0, OFFSET_OF_NUMBER),
    ]
    for position, number in enumerate(numbers):
        to_allow = len(numbers) - position
        instructions.append(INSTRUCTION.pack(JUMP_IF_EQUAL, to_allow, 0, number))
    instructions.append(INSTRUCTION.pack(RETURN, 0, 0, RET_EPERM))
    instructions.append(INSTRUCTION.pack(RETURN, 0, 0, RET_ALLOW))
    return b"".join(instructions)


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc.prctl(option, *padded) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"prctl({option}) was refused")
