"""docs/metrics.md says of every metric what the code says."""

import os

from cli.settings import CHECKOUT
from tests.golden.metrics_page import metrics_page

PAGE = CHECKOUT / "docs" / "metrics.md"


def test_the_page_of_metrics_is_what_the_code_says() -> None:
    if os.environ.get("EARSHOT_REWRITE_GOLDEN"):
        PAGE.write_text(metrics_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == metrics_page()
