"""Events of OpenLineage 2.0.2, as dictionaries: https://openlineage.io/spec/2-0-2/OpenLineage.json."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline import __version__
from pipeline.errors import may_be_told

Event = dict[str, Any]
_PRODUCER = f"pkg:pypi/recorrido@{__version__}"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
# Of each facet the version to which it is written.
_VERSIONS = {
    "ErrorMessageRunFacet": "1-0-1",
    "InputStatisticsInputDatasetFacet": "1-0-0",
    "JobTypeJobFacet": "2-0-4",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "ProcessingEngineRunFacet": "1-1-1",
    "SchemaDatasetFacet": "1-2-0",
}
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """Which run of which job an event is about."""

    run_id: str
    namespace: str
    job: str


def started(run: Told, inputs: Iterable[Facts]) -> Event:
    """Tell that a run has begun; what its files hold is not known yet."""
    return _event("START", run, [{"namespace": "file", "name": one["name"]} for one in inputs])


def ended(run: Told, inputs: Iterable[Facts], outputs: Iterable[Facts]) -> Event:
    """Tell that a run is done: what it read, and what it made."""
    return _event("COMPLETE", run, map(_input, inputs), map(_output, outputs))


def failed(run: Told, inputs: Iterable[Facts], error: BaseException) -> Event:
    """Tell that a run has failed, or was interrupted, and why; never by a value of the data."""
    message = _facet(
        "ErrorMessageRunFacet", message=may_be_told(error), programmingLanguage="PYTHON"
    )
    kind = "ABORT" if isinstance(error, KeyboardInterrupt) else "FAIL"
    return _event(kind, run, map(_input, inputs), errorMessage=message)


def _event(
    kind: str,
    run: Told,
    inputs: Iterable[Event],
    outputs: Iterable[Event] = (),
    **run_facets: Event,
) -> Event:
    engine = _facet("ProcessingEngineRunFacet", name="recorrido", version=__version__)
    job_type = _facet(
        "JobTypeJobFacet", processingType="BATCH", integration="RECORRIDO", jobType="JOB"
    )
    return {
        "eventType": kind,
        "eventTime": datetime.now(UTC).isoformat(),
        "producer": _PRODUCER,
        "schemaURL": _EVENT,
        "run": {
            # The specification wants a UUID; the same run has the same one in all its events.
            "runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{_PRODUCER}/{run.run_id}")),
            "facets": {"processing_engine": engine, **run_facets},
        },
        "job": {"namespace": run.namespace, "name": run.job, "facets": {"jobType": job_type}},
        "inputs": list(inputs),
        "outputs": list(outputs),
    }


def _input(told: Facts) -> Event:
    """Tell of a source's files together: one by one, they would fill a catalogue."""
    statistics = _facet(
        "InputStatisticsInputDatasetFacet",
        rowCount=told["rows"],
        size=told["bytes"],
        fileCount=told["files"],
    )
    return {
        "namespace": "file",
        "name": told["name"],
        "inputFacets": {"inputStatistics": statistics},
    }


def _output(told: Facts) -> Event:
    schema = _facet("SchemaDatasetFacet", fields=told["columns"])
    statistics = _facet("OutputStatisticsOutputDatasetFacet", rowCount=told["rows"])
    return {
        "namespace": told["namespace"],
        "name": told["name"],
        "facets": {"schema": schema},
        "outputFacets": {"outputStatistics": statistics},
    }


def _facet(kind: str, **facts: object) -> Event:
    url = f"{_SPEC}/facets/{_VERSIONS[kind]}/{kind}.json#/$defs/{kind}"
    return {"_producer": _PRODUCER, "_schemaURL": url, **facts}
