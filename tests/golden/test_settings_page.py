"""docs/settings.md says what the code does; `make golden` writes it anew."""

import os
from pathlib import Path

from cli.settings_page import settings_page

PAGE = Path(__file__).parents[2] / "docs/settings.md"


def test_the_page_of_settings_is_what_the_code_reads() -> None:
    if os.environ.get("EARSHOT_REWRITE_GOLDEN"):
        PAGE.write_text(settings_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == settings_page()
