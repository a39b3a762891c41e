"""Systems take turns, and one that breaks is reported without stopping the others."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import measuring
from tests.bench.report import report
from tests.bench.scenarios import Scenario
from tests.peers.process import Failed
from tests.peers.workload import Outcome, Run, Task
from tests.speech.clips import Clip

CLIP = Clip(name="a", path=Path("/nowhere"), reference_text="one", language="en", duration_seconds=1)
SCENARIO = Scenario(title="one clip", clients=1, clips=(CLIP,))


class FakeSystem:
    process_id: int | None = None

    def __init__(self, name: str, journal: list[str], *, breaks_at_call: int = 0) -> None:
        self.name = name
        self._journal = journal
        self._breaks_at_call = breaks_at_call
        self._calls = 0

    def run(self, tasks: Sequence[Task], *, clients: int) -> Run:
        self._calls += 1
        if self._calls == self._breaks_at_call:
            raise Failed("out of breath")
        self._journal.append(self.name)
        outcomes = tuple(Outcome(name=task.name, text="one", language="en", seconds=0.5) for task in tasks)
        return Run(wall_seconds=0.5, outcomes=outcomes)

    def close(self) -> None:
        raise AssertionError("whoever opened a system closes it")


@pytest.fixture(autouse=True)
def _no_recordings_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "warm_up", lambda: SCENARIO)


def test_systems_alternate_and_each_round_begins_with_another() -> None:
    journal: list[str] = []
    systems = [FakeSystem(name, journal) for name in "AB"]
    measuring.measure(systems, [SCENARIO], rounds=3)
    assert "".join(journal) == "AB" + "AB" + "BA" + "AB"


def test_a_failing_system_is_left_out_and_named() -> None:
    journal: list[str] = []
    systems = [FakeSystem("A", journal), FakeSystem("B", journal, breaks_at_call=3)]
    measured = measuring.measure(systems, [SCENARIO], rounds=4)
    assert len(measured["one clip", "A"].runs) == 4
    text = report(
        measured, [SCENARIO], names=["A", "B"], absent={"C": "no such package"}, facts=["a fact"], verdicts=[]
    )
    assert "| B | failed: out of breath |" in text
    assert "- not measured: C, because no such package" in text


def test_what_comes_behind_a_file_is_asked_of_the_server_alone_and_while_the_file_is_worked_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measuring, "HEAD_START_SECONDS", 0.05)
    journal: list[str] = []
    systems = [FakeSystem(name, journal) for name in "AB"]
    behind = replace(SCENARIO, title="behind", behind=CLIP)
    measured = measuring.measure(systems, [behind], rounds=1)
    assert "was over" in measured["behind", "A"].failure, "the file of a system that answers at once is no file"
    assert not measured["behind", "B"].asked
