from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import processes, services, single_run

pytestmark = pytest.mark.processes
SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = processes.start(SLEEPER, tmp_path / "sleeper.log")
    yield process
    processes.stop(process, grace=0)


def test_a_second_run_on_the_same_folder_is_refused_with_the_pid_of_the_first(
    tmp_path: Path,
) -> None:
    with (
        single_run.only_run(tmp_path),
        pytest.raises(single_run.AlreadyRunning, match=f"^{os.getpid()}$"),
        single_run.only_run(tmp_path),
    ):
        pass


def failing_run(data: Path) -> None:
    with single_run.only_run(data) as record:
        record.write(data, {})
        raise RuntimeError


def test_the_folder_is_free_after_a_run_even_one_that_failed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        failing_run(tmp_path)
    with single_run.only_run(tmp_path) as record:
        assert not record.path.exists()


def test_the_next_run_stops_and_removes_what_a_killed_one_left(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    record = single_run.Record(tmp_path / "run.json")
    with services.private_folder() as sockets:
        record.write(sockets, {sleeper.pid: processes.identity(sleeper.pid)})

        assert record.clear_leftovers() == 1

        assert sleeper.wait(timeout=60) == -signal.SIGTERM
        assert not sockets.exists()
    assert not record.path.exists()
    assert record.clear_leftovers() == 0


def test_a_leftover_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True)"
    log = tmp_path / "deaf.log"
    process = processes.start([sys.executable, "-c", f"{deaf}; time.sleep(60)"], log)
    deadline = time.monotonic() + 60
    while "up" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    record = single_run.Record(tmp_path / "run.json")
    record.write(tmp_path, {process.pid: processes.identity(process.pid)})

    assert record.clear_leftovers(grace=0.2) == 1

    assert process.wait(timeout=60) == -signal.SIGKILL


def test_a_process_that_only_has_the_number_of_a_leftover_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    record = single_run.Record(tmp_path / "run.json")
    record.write(tmp_path, {sleeper.pid: "someone else, long ago"})

    assert record.clear_leftovers() == 0

    assert sleeper.poll() is None


def test_a_folder_that_is_not_ours_is_not_removed(tmp_path: Path) -> None:
    record = single_run.Record(tmp_path / "run.json")
    precious = tmp_path / "precious"
    precious.mkdir()
    record.write(precious, {})

    record.clear_leftovers()

    assert precious.is_dir()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"sockets": 1, "programs": {}}'])
def test_an_unreadable_record_stops_nothing(tmp_path: Path, content: str) -> None:
    record = single_run.Record(tmp_path / "run.json")
    record.path.write_text(content)
    assert record.clear_leftovers() == 0
