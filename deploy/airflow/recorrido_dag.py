"""Recorrido as an Airflow DAG: one task, the night. Copy it into your dags folder.

The command runs in an environment of its own (RECORRIDO_COMMAND), so Airflow's packages and ours
never meet. Retrying is safe: what was loaded is not loaded again. What a retry cannot mend (2, 3,
5) fails at once; the rest is tried again, such as a full disk (1) or another run at work (4).
"""

import os
import subprocess
from datetime import UTC, datetime, timedelta

try:
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task

try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:
    from airflow.exceptions import AirflowFailException

COMMAND = os.environ.get("RECORRIDO_COMMAND", "/opt/recorrido/bin/recorrido")
PROJECT = os.environ.get("RECORRIDO_PROJECT", "/srv/journeys")
NOT_MENDED_BY_A_RETRY = {
    2: "wrong settings",
    3: "a law is broken",
    5: "a source is not to be trusted",
}


@dag(
    schedule="10 4 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=10)},
    tags=["recorrido"],
)
def recorrido():
    """Rebuild customer journeys every night."""

    @task(execution_timeout=timedelta(hours=6))
    def night() -> None:
        done = subprocess.run([COMMAND, "run", "--log", "json"], cwd=PROJECT, check=False)
        if done.returncode in NOT_MENDED_BY_A_RETRY:
            raise AirflowFailException(NOT_MENDED_BY_A_RETRY[done.returncode])
        done.check_returncode()

    night()


recorrido()
