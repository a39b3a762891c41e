"""`earshot webhooks`: shows the secret that signs a tenant's webhooks, and changes it.

What is signed with it stands in `speechkit.domain.webhooks`.
"""

import argparse
import asyncio
from contextlib import AbstractAsyncContextManager

from cli.settings import command_settings
from speechkit.domain.webhooks import OLD_SECRET_SIGNS, shown_secret
from speechkit.runtime.settings import JobSettings
from speechkit.runtime.webhook_secrets import WebhookSecrets


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    webhooks = commands.add_parser("webhooks", help="show and change the secrets that sign webhooks")
    actions = webhooks.add_subparsers(required=True, metavar="ACTION")
    secret = actions.add_parser("secret", help="a tenant's secret, for those who check its webhooks' signatures")
    secret.set_defaults(run=lambda arguments: asyncio.run(_secret(arguments.tenant)))
    rotate = actions.add_parser("rotate", help="a new secret; the old one signs too for another day")
    rotate.set_defaults(run=lambda arguments: asyncio.run(_rotate(arguments.tenant)))
    for action in (secret, rotate):
        action.add_argument("--tenant", required=True, help="as `earshot keys list` has it; anyone without keys")


async def _secret(tenant: str) -> None:
    async with _secrets() as secrets:
        newest, *_ = await secrets.in_use(tenant)
    print(shown_secret(newest))


async def _rotate(tenant: str) -> None:
    async with _secrets() as secrets:
        new = await secrets.rotate(tenant)
    hours = OLD_SECRET_SIGNS.total_seconds() / 3600
    print(f"{shown_secret(new)}\n\nThe secret of before signs too for {hours:.0f} hours: change it at your receivers.")


def _secrets() -> AbstractAsyncContextManager[WebhookSecrets]:
    from worker.bootstrap import open_webhook_secrets  # it imports the whole worker, which takes a second

    return open_webhook_secrets(command_settings(JobSettings))
