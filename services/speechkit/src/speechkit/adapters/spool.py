"""Where an upload lies while it is read: memory behind a descriptor, without a name, gone when it is closed."""

import os
import tempfile
from typing import BinaryIO, cast


def open_spool() -> BinaryIO:
    if hasattr(os, "memfd_create"):
        return cast(BinaryIO, os.fdopen(os.memfd_create("upload", os.MFD_CLOEXEC), "w+b", buffering=0))
    # macOS, for development: a file that has lost its name already, the nearest thing there.
    return cast(BinaryIO, tempfile.TemporaryFile(buffering=0))
