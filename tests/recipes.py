"""Runs the task of an orchestrator's recipe without the orchestrator, and says how it ended.

    python recipes.py RECIPE

What the recipes take of Airflow and Dagster is stood in for by a few names: what is tried is ours,
after which exit codes of the command a task fails for good, and after which it may be tried again.
"""

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace


class AirflowFailException(Exception):  # noqa: N818 - Airflow's name
    """Fails a task for good; whatever else it raises is tried again."""


class Failure(Exception):  # noqa: N818 - Dagster's name
    """Fails a step, which is tried again if that is allowed."""

    def __init__(self, *, description: str, allow_retries: bool) -> None:
        super().__init__(description)
        self.allow_retries = allow_retries


class RetryRequested(Exception):  # noqa: N818 - Dagster's name
    """Asks for another try."""

    def __init__(self, *, max_retries: int, seconds_to_wait: float) -> None:
        super().__init__(max_retries, seconds_to_wait)


def run_airflow(recipe: Path) -> None:
    """Run the task where the DAG is made."""

    def as_it_is(**_options: object) -> Callable[[object], object]:
        return lambda decorated: decorated

    stand_in("airflow")
    stand_in("airflow.sdk", dag=as_it_is, task=as_it_is)
    stand_in("airflow.sdk.exceptions", AirflowFailException=AirflowFailException)
    runpy.run_path(str(recipe))


def run_dagster(recipe: Path) -> None:
    """Make the asset."""
    stand_in(
        "dagster",
        asset=lambda **_options: lambda decorated: decorated,
        AssetExecutionContext=object,
        AssetSelection=SimpleNamespace(assets=lambda *assets: assets),
        DefaultScheduleStatus=SimpleNamespace(RUNNING="running"),
        Definitions=SimpleNamespace,
        Failure=Failure,
        MaterializeResult=SimpleNamespace,
        RetryRequested=RetryRequested,
        ScheduleDefinition=SimpleNamespace,
    )
    journeys = runpy.run_path(str(recipe))["journeys"]
    journeys(SimpleNamespace(log=SimpleNamespace(info=lambda line: None)))


def stand_in(name: str, **names: object) -> None:
    """Let a module of these names be imported."""
    module = ModuleType(name)
    vars(module).update(names)
    sys.modules[name] = module


def ending_of(recipe: Path) -> str:
    """Run the task, and say how it ended."""
    run = {"airflow": run_airflow, "dagster": run_dagster}[recipe.parent.name]
    try:
        run(recipe)
    except AirflowFailException:
        return "fails for good"
    except Failure as failure:
        return "may be tried again" if failure.allow_retries else "fails for good"
    except (RetryRequested, subprocess.CalledProcessError):
        return "may be tried again"
    return "done"


if __name__ == "__main__":
    sys.stdout.write(ending_of(Path(sys.argv[1])))
