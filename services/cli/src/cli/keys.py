"""`earshot keys`: make API keys, list them, revoke them, in the store that the gateway reads.

What a key is and what its limits mean stands in `speechkit.domain`.
"""

import argparse
import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from cli.problem import Problem
from cli.settings import CliSettings, command_settings
from speechkit.domain.keys import ApiKey, make_key
from speechkit.domain.limits import KeyLimits
from speechkit.ports import KeyStore


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = commands.add_parser("keys", help="make, list and revoke API keys")
    actions = keys.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key, which is shown this once and never again")
    create.add_argument("--tenant", required=True, help="whose key it is; tenants share the machine fairly")
    create.add_argument("--name", default="", help="what it is for, to recognize it in the list")
    create.add_argument("--model", action="append", default=[], dest="models", help="may be repeated; default: all")
    create.add_argument("--requests-per-minute", type=int, metavar="N")
    create.add_argument("--audio-seconds-per-day", type=int, metavar="N")
    create.add_argument("--concurrent", type=int, metavar="N", help="requests that may be answered at once")
    create.set_defaults(run=lambda arguments: asyncio.run(_create(arguments)))
    listing = actions.add_parser("list", help="every key that was ever made, without the keys themselves")
    listing.set_defaults(run=lambda _arguments: asyncio.run(_list()))
    revoke = actions.add_parser("revoke", help="end a key; every gateway refuses it within EARSHOT_KEY_CACHE_SECONDS")
    revoke.add_argument("id")
    revoke.set_defaults(run=lambda arguments: asyncio.run(_revoke(arguments)))


async def _create(arguments: argparse.Namespace) -> None:
    limits = KeyLimits(
        requests_per_minute=arguments.requests_per_minute,
        audio_seconds_per_day=arguments.audio_seconds_per_day,
        concurrent_requests=arguments.concurrent,
    )
    secret, key = make_key(
        tenant=arguments.tenant,
        name=arguments.name,
        models=arguments.models,
        limits=limits,
        now=datetime.now(UTC),
    )
    async with _key_store() as store:
        await store.add(key)
    print(f"id:     {key.id}\ntenant: {key.tenant}\nkey:    {secret}\n\nKeep the key now: it can't be shown again.")


async def _list() -> None:
    async with _key_store() as store:
        keys = await store.all()
    columns = "{:22}{:18}{:18}{:26}{}"
    print(columns.format("ID", "TENANT", "CREATED", "STATE", "NAME, MODELS, LIMITS"))
    for key in keys:
        state = f"revoked {_minute(key.revoked_at)}" if key.revoked_at else "works"
        print(columns.format(key.id, key.tenant, _minute(key.created_at), state, _details(key)).rstrip())


async def _revoke(arguments: argparse.Namespace) -> None:
    async with _key_store() as store:
        key = await store.revoke(arguments.id, now=datetime.now(UTC))
    if key is None:
        raise Problem(f"There is no key {arguments.id!r}; `earshot keys list` has them all.")
    print(f"{key.id} of {key.tenant} is revoked.")


def _key_store() -> AbstractAsyncContextManager[KeyStore]:
    from gateway.bootstrap import open_key_store  # it imports the whole gateway, which takes a second

    return open_key_store(command_settings(CliSettings))


def _details(key: ApiKey) -> str:
    limits = {
        "requests/min": key.limits.requests_per_minute,
        "audio s/day": key.limits.audio_seconds_per_day,
        "at once": key.limits.concurrent_requests,
    }
    told = [f"{number} {unit}" for unit, number in limits.items() if number is not None]
    return ", ".join([part for part in (key.name, *key.models) if part] + told)


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"
