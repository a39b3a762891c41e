"""Clients work at once, and answers keep the order of the tasks."""

from threading import Barrier

from tests.peers.workload import Heard, Task, drive

TASKS = [Task(name=str(number), path=str(number), language="en") for number in range(6)]


def test_outcomes_stand_in_the_order_of_the_tasks() -> None:
    run = drive(lambda path, language: Heard(text=path, language=language), TASKS, clients=4)
    assert [outcome.text for outcome in run.outcomes] == [task.name for task in TASKS]


def test_as_many_requests_run_at_once_as_there_are_clients() -> None:
    """Three clients must be inside together, or the barrier breaks."""
    together = Barrier(3, timeout=10)

    def transcribe(path: str, language: str) -> Heard:
        together.wait()
        return Heard(text=path, language=language)

    assert len(drive(transcribe, TASKS, clients=3).outcomes) == len(TASKS)
