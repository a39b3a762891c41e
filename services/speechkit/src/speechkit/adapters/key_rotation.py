"""A new master key, and every blob's and endpoint's key sealed by it; the blobs themselves stay as they are."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from speechkit.adapters.blob_keys import BlobKeys
from speechkit.adapters.job_backing import master_key_file, open_database, open_keys
from speechkit.adapters.master_keys import add_master_key
from speechkit.adapters.sealing import MasterKeys, MasterSealer
from speechkit.adapters.sql.endpoint_store import SqlEndpointStore
from speechkit.domain.endpoints import key_name
from speechkit.domain.errors import Internal
from speechkit.runtime.settings import JobSettings


@dataclass(frozen=True, kw_only=True)
class Rotated:
    key_id: str
    blobs: int
    endpoint_keys: int


async def rotate_master_key(settings: JobSettings) -> Rotated:
    """Keys that the environment gives are as new as whoever gave them has made them."""
    if settings.master_keys is None:
        add_master_key(master_key_file(settings))
    keys = open_keys(settings)
    async with open_database(settings) as database:
        blobs = await BlobKeys(database, keys).rewrap_all()
        endpoint_keys = await SqlEndpointStore(database).reseal(partial(_resealed, keys))
    return Rotated(key_id=keys.current, blobs=blobs, endpoint_keys=endpoint_keys)


def _resealed(keys: MasterKeys, sealed: bytes, endpoint_id: str) -> bytes | None:
    """None for what the current key has sealed, and for what nobody can read any more."""
    sealer, about = MasterSealer(keys), key_name(endpoint_id)
    with suppress(Internal):
        return None if keys.is_current(sealed) else sealer.seal(sealer.unseal(sealed, about=about), about=about)
    return None
