"""What docs/clients.md shows are the examples that are run by tests, as they are."""

import re

import pytest

from cli.settings import CHECKOUT

SHOWN = re.findall(
    r"```python\n# (examples/\S+)\n(.*?)```", (CHECKOUT / "docs" / "clients.md").read_text("utf-8"), re.DOTALL
)


def test_both_doors_have_an_example() -> None:
    assert {path.split("/")[1] for path, _ in SHOWN} == {"python", "grpc"}


@pytest.mark.parametrize(("path", "shown"), SHOWN)
def test_the_documentation_shows_the_example_as_it_is(path: str, shown: str) -> None:
    """Apart from its imports."""
    assert (CHECKOUT / path).read_text("utf-8").endswith(f"\n{shown}")
