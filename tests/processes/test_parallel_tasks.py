"""A list of tasks is done the same way here and in worker processes."""

from __future__ import annotations

from concurrent.futures import Future

import pool_tasks
import pytest

from genrelens.errors import DataError
from genrelens.processes import worker_main
from genrelens.processes.parallel_tasks import Work, run_tasks

WORK = Work(pool_tasks.teller)


def result(task: tuple[str, int], future: Future[int]) -> tuple[str, int]:
    return task[0], future.result()


@pytest.mark.parametrize("processes", [1, 2])
def test_every_task_is_done_once_and_what_it_reports_is_heard_before_its_result(processes: int) -> None:
    tasks = [(f"task {n}", n) for n in range(5)]
    heard: list[str] = []
    given = []
    for name, squared in run_tasks(WORK, tasks, processes, result, heard.append):
        assert {f"{name}: {step}" for step in (1, 2)} <= set(heard)
        given.append((name, squared))
    assert sorted(given) == [(f"task {n}", n * n) for n in range(5)]
    assert len(heard) == 10


@pytest.mark.parametrize("processes", [1, 2])
def test_a_task_that_fails_ends_the_work_with_its_own_error(processes: int) -> None:
    tasks = [("a", 1), ("bad", -1), ("b", 2), ("c", 3)]
    with pytest.raises(DataError, match="bad cannot be done"):
        list(run_tasks(WORK, tasks, processes, result))


def test_no_tasks_start_nothing() -> None:
    assert list(run_tasks(Work(pool_tasks.never_loads), [], 2, result)) == []
    with pytest.raises(RuntimeError, match="must not be loaded"):
        list(run_tasks(Work(pool_tasks.never_loads), [("a", 1)], 1, result))


def test_outside_a_task_a_report_reaches_nobody() -> None:
    heard: list[int] = []
    with worker_main.reporting_to(heard.append):
        worker_main.report(1)
    worker_main.report(2)
    assert heard == [1]
