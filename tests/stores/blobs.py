"""A sealed blob store as the services open one, on a database and a master key of its own folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from speechkit.adapters.blobs import SealedBlobStore
from speechkit.adapters.master_keys import open_master_keys
from speechkit.adapters.sql.database import Database, database_url


@asynccontextmanager
async def sealed_store(where: str, *, data_dir: Path, database: str | None = None) -> AsyncIterator[SealedBlobStore]:
    """Opened twice, it is the same store in two processes; `database` is a URL, if it is not the folder's SQLite."""
    async with Database(database_url(database, data_dir=data_dir)) as opened:
        keys = open_master_keys(None, data_dir / "master.keys")
        yield SealedBlobStore(where, database=opened, keys=keys)


async def parts(content: bytes, *, size: int = 100_000, breaks: Exception | None = None) -> AsyncIterator[bytes]:
    """As an upload brings them, to its end or until it breaks off."""
    for start in range(0, len(content), size):
        yield content[start : start + size]
    if breaks:
        raise breaks
