"""Recorrido in Dagster: the published warehouse as an asset, made every night by the command.

    dagster dev -f definitions.py

The command runs in an environment of its own (RECORRIDO_COMMAND), so Dagster's packages and ours
never meet. Retrying is safe: what was loaded is not loaded again. What a retry cannot mend (2, 3,
5) fails at once; the rest is tried again, such as a full disk (1) or another run at work (4).
"""

import json
import os
import subprocess

import dagster

COMMAND = os.environ.get("RECORRIDO_COMMAND", "/opt/recorrido/bin/recorrido")
PROJECT = os.environ.get("RECORRIDO_PROJECT", "/srv/journeys")
NOT_MENDED_BY_A_RETRY = (2, 3, 5)


@dagster.asset(group_name="journeys", kinds={"duckdb"})
def journeys(context: dagster.AssetExecutionContext) -> dagster.MaterializeResult:
    """The published warehouse: touchpoints, sessions, journeys, and what they say."""
    done = subprocess.run(
        [COMMAND, "run", "--log", "json"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    for line in done.stderr.splitlines():
        context.log.info(line)
    if done.returncode in NOT_MENDED_BY_A_RETRY:
        # The last line says what to do.
        raise dagster.Failure(description=_last_word(done.stderr), allow_retries=False)
    if done.returncode:
        raise dagster.RetryRequested(max_retries=3, seconds_to_wait=600)
    return dagster.MaterializeResult(metadata={"headline": done.stdout.strip().splitlines()[0]})


def _last_word(log: str) -> str:
    for line in reversed(log.splitlines()):
        if line.startswith("{") and (message := json.loads(line).get("message")):
            return str(message)
    return "recorrido said nothing"


nightly = dagster.ScheduleDefinition(
    name="nightly",
    target=dagster.AssetSelection.assets(journeys),
    cron_schedule="10 4 * * *",
    default_status=dagster.DefaultScheduleStatus.RUNNING,
)

definitions = dagster.Definitions(assets=[journeys], schedules=[nightly])
