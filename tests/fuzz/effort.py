"""How far a fuzz looks: as far as CI's time allows and always at the same examples, unless it is told otherwise.

`EARSHOT_FUZZ_EXAMPLES=20000` looks further and each time elsewhere; `--hypothesis-show-statistics` counts the answers.
"""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = os.environ.get("EARSHOT_FUZZ_EXAMPLES")


def fuzz(*, examples_in_ci: int) -> settings:
    return settings(
        max_examples=int(EXAMPLES or examples_in_ci),
        deadline=None,
        derandomize=EXAMPLES is None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
