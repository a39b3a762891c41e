"""A new master key, and every blob's key sealed by it; the blobs themselves stay as they are."""

from dataclasses import dataclass

from speechkit.adapters.blob_keys import BlobKeys
from speechkit.adapters.job_backing import master_key_file, open_database, open_keys
from speechkit.adapters.master_keys import add_master_key
from speechkit.runtime.settings import JobSettings


@dataclass(frozen=True, kw_only=True)
class Rotated:
    key_id: str
    blobs: int


async def rotate_master_key(settings: JobSettings) -> Rotated:
    """Keys that the environment gives are as new as whoever gave them has made them."""
    if settings.master_keys is None:
        add_master_key(master_key_file(settings))
    keys = open_keys(settings)
    async with open_database(settings) as database:
        blobs = await BlobKeys(database, keys).rewrap_all()
    return Rotated(key_id=keys.current, blobs=blobs)
