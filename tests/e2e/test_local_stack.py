"""`earshot serve` with a real Triton: it answers OpenAI's client, and survives what happens to its parts."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import openai
import pytest

from cli.settings import CHECKOUT
from tests.speech.clips import Clip
from tests.stack.local_stack import EARSHOT, LocalStack, StackPlace, left_over

pytestmark = pytest.mark.usefixtures("needs_triton")

ANSWER_SECONDS = 60


@pytest.fixture(scope="module")
def stack(shared_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One for the tests that leave it running."""
    output = tmp_path_factory.mktemp("output") / "serve.log"
    with LocalStack(StackPlace.beside(shared_data_dir), output=output) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture
def own_stack(data_dir: Path, tmp_path: Path) -> Iterator[LocalStack]:
    """One for a test that ends it."""
    with LocalStack(StackPlace.beside(data_dir), output=tmp_path / "serve.log") as running:
        running.wait_until_ready()
        yield running


def client_of(stack: LocalStack) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{stack.place.url}/v1", api_key="any", timeout=ANSWER_SECONDS, max_retries=0)


def transcribe(stack: LocalStack, clip: Path) -> str:
    with client_of(stack) as client:
        return client.audio.transcriptions.create(model="whisper-1", file=clip).text


def post(stack: LocalStack, clip: Path) -> httpx.Response:
    url = f"{stack.place.url}/v1/audio/transcriptions"
    with clip.open("rb") as file:
        return httpx.post(url, data={"model": "whisper-1"}, files={"file": file}, timeout=ANSWER_SECONDS)


def in_flight(stack: LocalStack, clip: Path) -> "Future[httpx.Response]":
    """A request that the model is working on: its engine's processor time has begun to rise."""
    stub = stack.process_named("triton_python_backend_stub")
    idle_seconds = stub.cpu_times().user
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(post, stack, clip)
        while stub.cpu_times().user < idle_seconds + 0.05:
            assert not answer.done(), "the request ended before it could be disturbed"
        pool.shutdown(wait=False)
    return answer


def test_openais_client_gets_the_words(stack: LocalStack, beckett: Clip) -> None:
    """The product in one line: a file in, its words out, by a real Whisper on a real Triton."""
    assert "ever failed" in transcribe(stack, beckett.path).lower()


def test_the_grpc_example_gets_the_words(stack: LocalStack, beckett: Clip) -> None:
    address = f"127.0.0.1:{stack.place.environment['EARSHOT_GRPC_PORT']}"
    command = [sys.executable, str(CHECKOUT / "examples" / "grpc" / "transcribe.py"), str(beckett.path), address]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "ever failed" in answer.stdout.lower()


def test_one_page_has_the_metrics_of_all_services_and_triton_has_its_own(stack: LocalStack, beckett: Clip) -> None:
    transcribe(stack, beckett.path)
    told = httpx.get(f"{stack.place.url}/metrics").text
    for line in ("earshot_audio_seconds_total{", "earshot_jobs{", 'earshot_ready{check="recognizer"} 1.0'):
        assert line in told
    told = httpx.get(f"http://127.0.0.1:{stack.place.environment['EARSHOT_TRITON_METRICS_PORT']}/metrics").text
    assert "earshot_whisper_windows_total{" in told


def test_the_suggested_command_works_as_printed(stack: LocalStack) -> None:
    """What the ready message tells people to type is typed here, character by character."""
    (command,) = re.findall(r"^    (curl .*)$", stack.printed, re.MULTILINE)
    answer = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert "ever failed" in answer.stdout.lower()


@pytest.mark.parametrize("victim", ["bin/tritonserver", "triton_python_backend_stub"])
def test_a_killed_triton_costs_no_request_and_comes_back(stack: LocalStack, dialogue: Clip, victim: str) -> None:
    """The request in flight is answered by the restarted server, or is told 503 and when to try again."""
    stack.wait_until_answering()
    answer = in_flight(stack, dialogue.path)
    stack.process_named(victim).kill()
    response = answer.result()
    assert response.status_code in (200, 503), response.text
    if response.status_code == 503:
        assert int(response.headers["retry-after"]) > 0
    stack.wait_until_answering()
    assert post(stack, dialogue.path).status_code == 200


def test_ctrl_c_ends_everything_in_order(own_stack: LocalStack) -> None:
    """No process, no shared memory and no traceback stays."""
    processes, regions = own_stack.processes(), own_stack.shared_memory()
    own_stack.process.send_signal(signal.SIGINT)
    assert own_stack.process.wait(timeout=30) == 0
    assert left_over(processes) == []
    assert regions
    assert not [region for region in regions if (Path("/dev/shm") / region).exists()]
    assert "Traceback" not in own_stack.printed


def test_sigkill_under_load_leaves_nothing(own_stack: LocalStack, dialogue: Clip) -> None:
    """Not even Triton's Python processes, which wait for a dead parent for ever when it was busy."""
    in_flight(own_stack, dialogue.path)
    processes, regions = own_stack.processes(), own_stack.shared_memory()
    own_stack.process.kill()
    assert left_over(processes) == []
    assert regions
    assert not [region for region in regions if (Path("/dev/shm") / region).exists()]


def test_the_end_of_its_parent_ends_it(data_dir: Path, tmp_path: Path) -> None:
    """`make run` may be killed; what it started then stops by itself."""
    command = ("/bin/sh", "-c", f"'{EARSHOT}' serve --exit-with-parent; true")
    with LocalStack(StackPlace.beside(data_dir), output=tmp_path / "serve.log", command=command) as stack:
        stack.wait_until_ready()
        processes = stack.processes()
        stack.process.kill()
        assert left_over(processes) == []


def test_a_second_one_in_the_same_place_is_refused(stack: LocalStack, shared_data_dir: Path) -> None:
    refused = StackPlace.beside(shared_data_dir).run_to_its_end()
    assert refused.returncode == 1
    assert f"process {stack.process.pid}" in refused.stderr
    assert "EARSHOT_DATA_DIR" in refused.stderr
