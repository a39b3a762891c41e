"""The real service for each test, on a database of its own, called over gRPC as the gateway and the worker do."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from speechkit.adapters.postprocess import Postprocess
from speechkit.adapters.sql.database import Database, database_url
from tests.chat.server import ChatServer, chat_server
from tests.chat.service import running_postprocess


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of this version: to make one takes longer than most of these tests."""
    folder = tmp_path_factory.mktemp("migrated")
    asyncio.run(_migrate(folder))
    return folder / "earshot.db"


async def _migrate(folder: Path) -> None:
    async with Database(database_url(None, data_dir=folder)) as database:
        assert await database.ready()


@pytest.fixture
def data_dir(migrated: Path, tmp_path: Path) -> Path:
    shutil.copy(migrated, tmp_path / "earshot.db")
    return tmp_path


@pytest.fixture
async def postprocess(data_dir: Path) -> AsyncIterator[Postprocess]:
    async with running_postprocess(data_dir) as running:
        yield running


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    """A chat server as OpenAI's is, with a model that cleans up faithfully."""
    async with chat_server() as running:
        yield running
