"""Whether a Redis or Valkey keeps what it is given in memory alone, and forgets nothing before its time."""

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

WANTED = {"save": "", "appendonly": "no", "maxmemory-policy": "noeviction"}
"""No snapshots, no log of writes, and a full server that says so instead of dropping what nobody has read yet."""


class UnfitRedis(Exception):
    """The message says what would have to be set, in one line."""


async def require_memory_only(redis: Redis) -> None:
    """Raises UnfitRedis where the server may write to disk, drop unread data, or doesn't say."""
    try:
        settings = [(name, wanted, (await redis.config_get(name)).get(name)) for name, wanted in WANTED.items()]
        replication = await redis.info("replication")
    except (NoPermissionError, ResponseError) as error:
        raise UnfitRedis(
            "does not let its settings be read, so nobody knows whether it writes to disk: allow CONFIG GET and INFO "
            "to the user of this URL, or name another server."
        ) from error
    if wrong := [f'{name} "{wanted}"' for name, wanted, value in settings if value != wanted]:
        raise UnfitRedis(
            f"writes data to disk or drops it early: set {' and '.join(wrong)} in its configuration, for it must hold "
            "secure jobs in memory alone."
        )
    if replication.get("role") != "master" or replication.get("connected_slaves"):
        raise UnfitRedis("is replicated, and a replica writes what it is sent to its disk: name a server without any.")
