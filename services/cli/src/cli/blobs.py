"""`earshot blobs`: what an administrator does to the keys that seal jobs' audio and transcripts.

How they are sealed stands in `speechkit.adapters`.
"""

import argparse
import asyncio

from cli.settings import command_settings
from speechkit.runtime.settings import JobSettings

ROTATE_KEY = """\
Make a new master key, and seal the key of every stored blob by it. The blobs themselves stay as they are.

The new key goes to the front of master.keys in the data folder. The older ones stay behind it: other texts in the
database are sealed by them. Processes that run meanwhile find the new key by themselves. Keep a copy of that file,
apart from the copies of the database: without it nobody can read what is stored.

Where EARSHOT_MASTER_KEYS has the keys: add a new one (`id:key`, the key from `openssl rand -base64 32`) at its end and
restart every process; then move it to the front and restart them again; then run this command, which makes no key then.
"""


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    blobs = commands.add_parser("blobs", help="change the master key that seals jobs' audio and transcripts")
    actions = blobs.add_subparsers(required=True, metavar="ACTION")
    rotate = actions.add_parser(
        "rotate-key",
        help="make a new master key, and seal every blob's and endpoint's key by it",
        description=ROTATE_KEY,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    rotate.set_defaults(run=lambda _arguments: asyncio.run(_rotate()))


async def _rotate() -> None:
    from speechkit.adapters.key_rotation import rotate_master_key  # it imports every store, which takes a second

    rotated = await rotate_master_key(command_settings(JobSettings))
    print(
        f"{rotated.key_id} is the current master key. It was put on {rotated.blobs} blobs' keys, and on "
        f"{rotated.endpoint_keys} endpoints' keys."
    )
