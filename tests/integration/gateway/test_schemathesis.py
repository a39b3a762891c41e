"""Schemathesis asks the gateway whatever /openapi.json allows, and what it forbids: each answer is a documented one.

`EARSHOT_FUZZ_EXAMPLES=2000 pytest -o timeout=3600 tests/integration/gateway/test_schemathesis.py` looks further, each
time elsewhere.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.settings import CHECKOUT
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.keyed_gateway import KeyedGateway
from tests.doors.worker import at_work
from tests.fakes.web import URL, FakeWeb

EXAMPLES = os.environ.get("EARSHOT_FUZZ_EXAMPLES")
PROGRAM = Path(sys.executable).with_name("schemathesis")
HOOKS = "tests.fuzz.sound_forms"


async def test_whatever_comes_is_answered_as_documented(gateway: FakeGateway) -> None:
    """Nothing that anybody could send is a 500, an undocumented status, content type or body, or a wrong `allow`."""
    async with at_work(gateway), gateway.served() as url:
        # What the description allows is refused all the same: these forms name no model and hold no sound.
        unwise = "--exclude-checks=positive_data_acceptance"
        await explored(url, unwise, "--exclude-operation-id=uploadTranscription", examples_in_ci=30)
        # That one needs a file alone, and a form holds nothing but text: 0 is "0", which is false.
        unwise += ",negative_data_rejection"
        await explored(url, unwise, "--include-operation-id=uploadTranscription", examples_in_ci=30)


async def test_forms_that_make_sense_are_accepted_and_answered_as_documented(gateway: FakeGateway) -> None:
    gateway.job_urls = FakeWeb(files={URL: wav(0.5)})
    async with at_work(gateway), gateway.served() as url:
        # A form holds nothing but text: 1 as a prompt is "1", and a field that comes once is an array of one.
        unwise = "--exclude-checks=negative_data_rejection"
        # What has no sound is asked whatever its description allows by the test above.
        spoken = "--exclude-tag=Refinement"
        await explored(url, unwise, spoken, "--phases=fuzzing,stateful", examples_in_ci=50, hooks=HOOKS)
    assert len(gateway.recognizer.calls) > 50


async def test_with_keys_nobody_gets_in_without_one_and_limits_are_answered_as_documented() -> None:
    keyed = KeyedGateway(MemoryLimitStore(clock=lambda: 0.0))
    secret, _ = await keyed.key(requests_per_minute=30)
    async with at_work(keyed.gateway), keyed.gateway.served() as url:
        header = f"--header=Authorization: Bearer {secret}"
        unwise = "--exclude-checks=positive_data_acceptance,negative_data_rejection"
        await explored(url, header, unwise, examples_in_ci=10, hooks=HOOKS)
    assert 0 < len(keyed.gateway.recognizer.calls) <= 30


async def explored(url: str, *options: str, examples_in_ci: int, hooks: str = "") -> None:
    """Every check that is not excluded, at the same examples each time unless EARSHOT_FUZZ_EXAMPLES asks for others."""
    seed = "--generation-database=none" if EXAMPLES else "--generation-deterministic"
    command = [str(PROGRAM), "run", f"{url}/openapi.json", f"--max-examples={EXAMPLES or examples_in_ci}", seed]
    # tus has statuses of its own for what Schemathesis wants refused in its way: 412 where a header is missing.
    command.append("--exclude-tag=Uploads")
    command.append("--exclude-operation-id=followJob")  # events come there, which the description has no word for
    with TemporaryDirectory() as folder:  # it leaves notes where it runs
        process = await asyncio.create_subprocess_exec(
            *(*command, "--continue-on-failure", "--no-color", *options),
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)} | ({"SCHEMATHESIS_HOOKS": hooks} if hooks else {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await process.communicate()
    print(output.decode())
    assert process.returncode == 0, "what Schemathesis found stands above, with a curl command for each finding"
