"""Whatever becomes of a worker is its task's error, and nobody else's; nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest
from linux_sessions import children_of, in_session
from pool_tasks import actor, dying, impossible

from genrelens.errors import (
    DataError,
    DecoderCrashed,
    NotAudio,
    TookTooLong,
    TookTooMuchMemory,
    WorkerError,
)
from genrelens.processes.gathering import gathered
from genrelens.processes.limits import Limits, TaskEnded, held_by, held_by_psutil
from genrelens.processes.pool import Pool

SUPPORT = Path(__file__).parent / "support"
PATIENCE_S = 60.0
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def result(pool: Pool, what: str, value: Any = None) -> Any:
    return pool.submit((what, value)).result(PATIENCE_S)


def children() -> set[int]:
    """Processes of this one, zombies included."""
    return children_of(os.getpid())


def wait_until(true: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert true()


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool(actor, workers=2) as pool:
        yield pool


@POSIX
def test_a_crash_is_the_error_of_its_task_and_the_others_go_on(pool: Pool) -> None:
    tasks = [("give", 1), ("segfault", None), ("give", 2), ("exit", 3), ("refuse", "a.mp3"), ("give", 3)]
    futures = [pool.submit(task) for task in tasks]
    assert [futures[n].result(PATIENCE_S) for n in (0, 2, 5)] == [1, 2, 3]
    for number, word in ((1, "SIGSEGV"), (3, "exit status 3")):
        with pytest.raises(TaskEnded, match=word) as ended:
            futures[number].result(PATIENCE_S)
        error = ended.value.about(b"caf\xe9.mp3")
        assert isinstance(error, DecoderCrashed)
        assert str(error).startswith("caf\\xe9.mp3: ")
    with pytest.raises(NotAudio) as refused:
        futures[4].result(PATIENCE_S)
    assert (refused.value.path, refused.value.reason) == ("a.mp3", "holds text")


@POSIX
def test_a_task_whose_process_is_killed_once_is_done_again(pool: Pool, tmp_path: Path) -> None:
    assert result(pool, "crash once", str(tmp_path / "mark")) == "at last"


@POSIX
def test_who_is_killed_again_is_at_fault(tmp_path: Path) -> None:
    with Pool(actor, attempts=1) as pool:
        with pytest.raises(TaskEnded, match="killed, as systems do when memory runs out"):
            result(pool, "crash once", str(tmp_path / "mark"))
        assert result(pool, "give", 5) == 5


@pytest.mark.skipif(sys.platform == "win32", reason="sleep of the C library")
def test_what_stands_still_is_ended_and_what_goes_on_is_not() -> None:
    with Pool(actor, workers=2, limits=Limits(stall_s=1.0)) as pool:
        stands, works = pool.submit(("stand", 1000)), pool.submit(("work", 25))
        with pytest.raises(TaskEnded, match="stood still for 1 s") as ended:
            stands.result(PATIENCE_S)
        assert ended.value.kind is TookTooLong
        assert works.result(PATIENCE_S) == "worked"


def test_what_goes_on_for_too_long_is_ended_too() -> None:
    with Pool(actor, limits=Limits(total_s=1.0)) as pool:
        with pytest.raises(TaskEnded, match="not done after 1 s") as ended:
            result(pool, "work", 1000)
        assert ended.value.kind is TookTooLong
        assert result(pool, "give", 1) == 1


@pytest.mark.parametrize("task", [("eat", None), pytest.param(("ask", 8 << 30), marks=LINUX)])
def test_memory_is_limited_whether_it_grows_or_is_asked_for_at_once(task: tuple[str, Any]) -> None:
    with Pool(actor, limits=Limits(memory_mb=200)) as pool:
        with pytest.raises(TaskEnded, match="more memory than 200 MB") as ended:
            result(pool, *task)
        assert ended.value.kind is TookTooMuchMemory
        assert result(pool, "ask", 50 << 20) == 50 << 20


@LINUX
def test_both_ways_to_know_what_a_process_holds_agree(pool: Pool) -> None:
    process = result(pool, "process")
    one, other = held_by(process), held_by_psutil(process)
    assert one is not None
    assert other is not None
    assert 0 < one < other < 20 * one  # psutil counts shared files too
    assert held_by(2**22 + 1) is None
    assert held_by_psutil(2**22 + 1) is None


def test_what_cannot_be_pickled_is_an_error_and_the_worker_stays(pool: Pool) -> None:
    for what in ("odd", "unpicklable"):
        with pytest.raises((RuntimeError, TypeError), match=r"Odd|pickle"):
            result(pool, what)
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        pool.submit(("give", lambda: None))
    assert result(pool, "give", 1) == 1


def test_what_cannot_be_loaded_is_told_by_each_task() -> None:
    with Pool(impossible) as pool:
        pool.start()
        for _ in range(2):
            with pytest.raises(DataError, match="nothing to load"):
                result(pool, "give", 1)
    with Pool(dying) as pool, pytest.raises(WorkerError, match="before it was ready"):
        result(pool, "give", 1)
    with Pool("no_such_module:at_all") as pool, pytest.raises(ModuleNotFoundError):
        result(pool, "give", 1)


def test_what_workers_print_does_not_come_between(pool: Pool, capfd: pytest.CaptureFixture[str]) -> None:
    assert result(pool, "print") == "printed"
    assert capfd.readouterr() == ("", "")
    with Pool(actor, quiet=False) as loud:
        assert result(loud, "print") == "printed"
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "on stderr" in shown.err
    assert "on file descriptor 1" in shown.err


def test_workers_have_one_thread_and_start_where_the_pool_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    here = os.getcwd()
    with Pool(actor) as pool:
        monkeypatch.chdir(tmp_path)
        assert result(pool, "folder") == here
        assert result(pool, "threads") == "1"
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_reports_arrive_in_order_before_the_result(pool: Pool) -> None:
    reports: list[int] = []
    assert pool.submit(("report", 50), reports.append).result(PATIENCE_S) == "reported"
    assert reports == list(range(50))


@LINUX
def test_the_first_worker_is_enough_for_one_task_and_others_come_when_they_are_needed() -> None:
    before = children()
    with Pool(actor, workers=3) as pool:
        pool.start()
        assert result(pool, "give", 1) == 1
        assert len(children() - before) == 1
        processes = {future.result(PATIENCE_S) for future in [pool.submit(("work", 5)) for _ in range(9)]}
        assert processes == {"worked"}
        assert len(children() - before) == 3
    assert children() == before


@LINUX
def test_cancelling_kills_what_runs_and_drops_what_waits() -> None:
    before = children()
    with Pool(actor) as pool:
        runs, waits, other = (pool.submit(task) for task in [("stand", 1000), ("give", 1), ("give", 2)])
        wait_until(runs.running)
        pool.cancel([runs, waits])
        for future in (runs, waits):
            with pytest.raises(CancelledError):
                future.result(PATIENCE_S)
        assert other.result(PATIENCE_S) == 2
    assert children() == before


@LINUX
def test_closing_ends_what_runs_and_nothing_can_be_submitted_afterwards() -> None:
    before = children()
    pool = Pool(actor)
    runs, waits = pool.submit(("stand", 1000)), pool.submit(("give", 1))
    wait_until(runs.running)
    pool.close()
    assert children() == before
    for future in (runs, waits):
        with pytest.raises(CancelledError):
            future.result(PATIENCE_S)
    with pytest.raises(WorkerError, match="closed"):
        pool.submit(("give", 1))
    pool.close()


@LINUX
def test_many_tasks_of_which_some_crash_keep_their_order_and_leave_nothing_open() -> None:
    tasks: list[tuple[str, Any]] = [("give", number) for number in range(300)]
    for number in range(10, 300, 20):  # 5 %
        tasks[number] = ("exit", 1) if number % 100 == 10 else ("refuse", f"{number}.mp3")
    before, open_before = children(), len(os.listdir("/proc/self/fd"))
    with Pool(actor, workers=2) as pool:

        def finish(task: tuple[str, Any], future: Any) -> Any:
            try:
                return future.result()
            except (TaskEnded, NotAudio) as error:
                return task[0], type(error)

        answers = list(gathered(tasks, pool.submit, finish, pool.cancel, ahead=8))
    expected = [("exit", TaskEnded), ("refuse", NotAudio)]
    assert answers == [value if what == "give" else expected[what == "refuse"] for what, value in tasks]
    assert children() == before
    assert len(os.listdir("/proc/self/fd")) == open_before


@LINUX
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_starter_even_in_native_code(ending: signal.Signals) -> None:
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[1]); import pool_tasks;"
        "from genrelens.processes.pool import Pool; pool = Pool(pool_tasks.actor, workers=2);"
        "pool.submit(('give', 1)).result(); pool.submit(('stand', 1000)); pool.submit(('work', 10000));"
        "time.sleep(1); print('ready', flush=True); time.sleep(1000)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(SUPPORT)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == "ready\n"
    assert len(in_session(starter.pid)) == 3
    starter.send_signal(ending)
    starter.wait(PATIENCE_S)
    starter.stdout.close()
    wait_until(lambda: not in_session(starter.pid))


def test_a_program_without_a_guard_may_use_functions_of_packages_and_is_told_about_its_own(
    tmp_path: Path,
) -> None:
    plain = tmp_path / "plain.py"
    plain.write_text(
        "from genrelens.processes.pool import Pool\n"
        "print(Pool('functools:partial', (divmod, 7)).submit(2).result())\n"
    )
    assert ran(plain) == (0, "(3, 1)")
    own = tmp_path / "own.py"
    text = (
        "from genrelens.processes.pool import Pool\n"
        "def double(number): return 2 * number\n"
        "def make(): return double\n"
    )
    use = "print(Pool(make).submit(4).result())\n"
    own.write_text(text + "if __name__ == '__main__':\n    " + use)
    assert ran(own) == (0, "8")
    own.write_text(text + use)
    status, said = ran(own)
    assert status == 1
    assert "__name__ == '__main__'" in said


def ran(program: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def test_limits_are_above_nothing() -> None:
    for name in ("total_s", "stall_s", "memory_mb"):
        for value in (0, -1, float("nan")):
            with pytest.raises(ValueError, match=name):
                Limits(**{name: value})
