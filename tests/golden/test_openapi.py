"""The API's description, which generated clients are built on: a change of it is a change of theirs."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gateway.description.document import describe_api
from gateway.intake.forms import UploadLimits
from gateway.settings import GatewaySettings

GOLDEN = Path(__file__).parent / "openapi.json"


def test_the_description_stays_as_it_is(same_as_golden: Callable[[Path, bytes], None]) -> None:
    limits = UploadLimits(body_bytes=GatewaySettings.model_fields["max_upload_bytes"].default, idle_seconds=60)
    description = describe_api(limits=limits, job_limits=replace(limits, body_bytes=5_368_709_120), keys_required=False)
    same_as_golden(GOLDEN, (json.dumps(description, indent=2, ensure_ascii=False) + "\n").encode())
