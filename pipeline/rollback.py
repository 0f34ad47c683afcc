"""The way back: the publication before this one, with its page and its graph."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.erasure.aftermath import expect_none_begun, expect_obeyed
from pipeline.errors import ConfigError
from pipeline.lock import one_run_at_a_time
from pipeline.publication import (
    former_publications,
    put_back,
    tidy,
    withdraw,
    withdrawn_publications,
)
from pipeline.publish import publish_graph, publish_report
from pipeline.settings import Settings
from pipeline.warehouse import reading


@dataclass(frozen=True)
class RolledBack:
    """What stands now: the last run that it knows, the page, and how many ways back are left."""

    run_id: str
    cut_off: datetime
    report: Path
    former: int
    withdrawn: int


def roll_back(settings: Settings, *, undo: bool = False) -> RolledBack:
    """Put the publication before this one in its place, or back again what was taken so last.

    Rolling back again goes further back. What is withdrawn is kept until the next publication; the
    next run loads what the publication that stands does not know. Raises ConfigError where there
    is none, or while an erasure is under way.
    """
    directory, published = settings.warehouse_dir, settings.published_file
    with one_run_at_a_time(directory, "rollback"):
        expect_none_begun(settings)
        # To none of them may the way be cut off by a `keep` that has become less.
        tidy(published, keep=len(former_publications(directory)))
        # What stands need not be readable, or be there at all: that may be why.
        if undo:
            back = _first(withdrawn_publications(directory), _none_withdrawn(settings))
            expect_obeyed(settings, back)
            put_back(published, back)
        else:
            back = _first(former_publications(directory), _none_former(settings))
            expect_obeyed(settings, back)
            withdraw(published, back)
        report = settings.report_file
        # It may be an older version's, to which somebody goes back.
        publish_graph(settings, any_layout=True)
        publish_report(settings, report, made_at=datetime.now(UTC), any_layout=True)
        with reading(published, any_layout=True) as warehouse:
            run_id, cut_off = warehouse.rows(
                # In the order in which they published: a clock may have gone back.
                "select last(run_id), (select cut_off from ops.project) from ops.runs"
            )[0]
    former, withdrawn = former_publications(directory), withdrawn_publications(directory)
    return RolledBack(run_id, cut_off, report, len(former), len(withdrawn))


def _first(found: list[Path], none: str) -> Path:
    if not found:
        raise ConfigError(none)
    return found[0]


def _none_former(settings: Settings) -> str:
    keep = settings.warehouse.keep
    return (
        f"expected a former publication in {settings.warehouse_dir / 'previous'}, found none: "
        f"[warehouse] keep = {keep}, and each publication keeps the ones before it from then on; "
        "an erasure removes them all. Nothing was changed."
    )


def _none_withdrawn(settings: Settings) -> str:
    return (
        f"expected a withdrawn publication in {settings.warehouse_dir / 'previous'}, found none: "
        "it is kept from a rollback until the next publication. Nothing was changed."
    )
