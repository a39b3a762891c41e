"""An upload in memory: all that was written, behind one descriptor that ends with the spool."""

import os
import stat

import pytest

from speechkit.adapters.media.spool import MemorySpool


def test_holds_what_was_written_in_order() -> None:
    chunks = [b"RIFF", b"", bytes(100_000), b"end"]
    with MemorySpool() as spool:
        for chunk in chunks:
            spool.write(chunk)
        assert spool.size_bytes == 100_007
        assert os.pread(spool.fileno(), 200_000, 0) == b"".join(chunks)


def test_has_no_name_and_can_be_sought_in() -> None:
    with MemorySpool() as spool:
        status = os.fstat(spool.fileno())
        assert stat.S_ISREG(status.st_mode)
        assert status.st_nlink == 0


def test_is_not_inherited_by_programs_that_the_service_starts() -> None:
    with MemorySpool() as spool:
        assert not os.get_inheritable(spool.fileno())


def test_closes_once_and_for_all() -> None:
    spool = MemorySpool()
    descriptor = spool.fileno()
    spool.close()
    spool.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
