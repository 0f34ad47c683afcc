"""Worlds drawn as tables: what a customer did, a double bar, and what must come of it.

    at    | event     || session | stage
    ------+-----------++---------+-----------
    09:00 | view_item || 1       | evaluation
    09:31 | page_view || 2       | research

Sessions and journeys are numbered as they appear, row by row; a dash is nothing. Draw only the
columns that matter: the others have the defaults below.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from pipeline.rulebook import Rulebook
from tests.reference import Rebuilt, Row, stage_funnel

Engine = Callable[[list[Row], Rulebook, datetime], Rebuilt]
Cells = dict[str, str]

CUSTOMERS = {"ana": 1, "bob": 2, "cleo": 3}
RULEBOOK = Rulebook(sources=("site", "shop", "mail"))
DAY_ONE = datetime(2026, 1, 1, tzinfo=UTC)


class Holds(Protocol):
    """The check that a spec test is given: it knows the engine."""

    def __call__(
        self,
        table: str,
        *,
        rulebook: Rulebook = RULEBOOK,
        as_of: str | None = None,
        sessions: str | None = None,
        journeys: str | None = None,
        steps: str | None = None,
        funnel: str | None = None,
    ) -> None:
        """Assert what the tables draw."""


def assert_drawn(
    engine: Engine,
    table: str,
    *,
    rulebook: Rulebook = RULEBOOK,
    as_of: str | None = None,
    sessions: str | None = None,
    journeys: str | None = None,
    steps: str | None = None,
    funnel: str | None = None,
) -> None:
    """Rebuild a drawn world, as of its last touch or later, and compare with the drawing."""
    given, expected = rows_of(table)
    touches = touches_of(given)
    cut_off = moment(as_of) if as_of else max(touch["occurred_at"] for touch in touches)
    rebuilt = engine(touches, rulebook, cut_off)
    touch_of = {touch["touchpoint_id"]: touch for touch in rebuilt.touches}
    in_rows = [touch_of[touch["touchpoint_id"]] for touch in touches]
    names = numbered(in_rows)
    compare(in_rows, expected, names)
    if sessions is not None:
        compare(by_number(rebuilt.sessions, names), rows_of(sessions)[0], names)
    if journeys is not None:
        compare(by_number(rebuilt.journeys, names), rows_of(journeys)[0], names)
    if steps is not None:
        compare(by_number(rebuilt.steps, names), rows_of(steps)[0], names)
    if funnel is not None:
        counted = stage_funnel(rebuilt.journeys, rebuilt.steps)
        compare(counted, rows_of(funnel)[0], names)


# ---- Reading a table ---------------------------------------------------------------------------


def rows_of(table: str) -> tuple[list[Cells], list[Cells]]:
    """Give the cells left of the double bar, and those right of it (none without a double bar)."""
    lines = [line for line in table.splitlines() if line.strip() and not is_ruler(line)]
    halves = [[half.split("|") for half in line.split("||")] for line in lines]
    heads = [[cell.strip() for cell in half] for half in halves[0]]
    sides = [
        [
            {name: cell.strip() for name, cell in zip(head, half[side], strict=True)}
            for half in halves[1:]
        ]
        for side, head in enumerate(heads)
    ]
    return (sides[0], sides[1]) if len(sides) == 2 else (sides[0], [{} for _ in sides[0]])


def is_ruler(line: str) -> bool:
    """Tell the line under the heads from a row that is but a dash."""
    return "--" in line and not set(line) - set(" -+")


def moment(text: str) -> datetime:
    """Read `09:00`, `day 3 09:00:00.000001`, or a whole date; a day with no clock is its noon."""
    day, _, clock = text.removeprefix("day ").rpartition(" ")
    if text.startswith("day ") and not day:
        day, clock = clock, "12:00"
    if not day:
        day = "1"
    date = DAY_ONE + timedelta(days=int(day) - 1) if day.isdigit() else datetime.fromisoformat(day)
    return datetime.fromisoformat(f"{date:%Y-%m-%d}T{clock}").replace(tzinfo=UTC)


def money(text: str) -> int:
    """Read an amount as ten-thousandths."""
    return int(Decimal(text) * 10_000)


# What a touch has where its column is not drawn, or its cell is a dash.
DEFAULTS: Row = {
    "customer": CUSTOMERS["ana"],
    "received_at": None,
    "source": "site",
    "source_seq": None,
    "event": "page_view",
    "channel": "web",
    "is_machine": False,
    "order_id": None,
    "value": None,
    "sentiment": None,
    "traffic": None,
    "campaign": None,
    "source_session_id": None,
}
COLUMN_OF_HEAD = {
    "at": "occurred_at",
    "id": "touchpoint_id",
    "seq": "source_seq",
    "machine": "is_machine",
    "order": "order_id",
    "visit": "source_session_id",
    "session": "session_id",
    "journey": "journey_id",
    "step": "step_no",
    "goal": "goal_stage",
    "converts": "is_conversion",
    "unmapped": "is_unmapped",
}
MOMENTS = ("occurred_at", "received_at", "started_at", "ended_at", "converted_at")
AMOUNTS = ("value", "returned_value", "revenue")
TRUTHS = {"yes": True, "no": False}
WORDS = (
    *("touchpoint_id", "source", "event", "channel", "order_id", "traffic", "campaign"),
    *("source_session_id", "stage", "goal_stage", "place", "entry_event", "exit_event"),
    *("first_channel", "last_channel", "first_traffic", "deepest_stage", "last_stage", "state"),
)


def cell_of(column: str, text: str) -> Any:
    """Read a cell by its column; what is no moment, amount, truth or word is a whole number."""
    if text in ("", "-"):
        return None
    if text in TRUTHS:
        return TRUTHS[text]
    if column == "customer":
        return CUSTOMERS[text]
    if column in MOMENTS:
        return moment(text)
    if column in AMOUNTS:
        return money(text)
    return text if column in WORDS else int(text)


def touches_of(rows: list[Cells]) -> list[Row]:
    """Give the touches of drawn rows: by default a minute apart, and named in their order."""
    touches = []
    for number, row in enumerate(rows, start=1):
        touch = {
            **DEFAULTS,
            "touchpoint_id": f"t{number:02}",
            "occurred_at": DAY_ONE + timedelta(hours=9, minutes=number - 1),
        }
        for head, text in row.items():
            column = COLUMN_OF_HEAD.get(head, head)
            assert column in touch, f"a touch has no column {head!r}"
            if text not in ("", "-"):
                touch[column] = cell_of(column, text)
        touches.append(touch)
    return touches


# ---- Comparing ---------------------------------------------------------------------------------


def numbered(touches: list[Row]) -> Row:
    """Number the sessions and the journeys in the order in which the rows first name them."""
    numbers: Row = {"session_id": {None: None}, "journey_id": {None: None}}
    for touch in touches:
        for column, names in numbers.items():
            names.setdefault(touch[column], len(names))
    return numbers


def by_number(rows: Iterable[Row], names: Row) -> list[Row]:
    """Put sessions, or journeys or their steps, in the order of their numbers."""

    def number(row: Row) -> tuple[int, int]:
        column = "journey_id" if "journey_id" in row else "session_id"
        return names[column][row[column]], row.get("step_no", 0)

    return sorted(rows, key=number)


def compare(actual: list[Row], drawn: list[Cells], names: Row) -> None:
    """Assert that rows have the drawn cells, all rows at once, so that a failure shows them."""
    heads = list(drawn[0]) if drawn else []
    columns = [COLUMN_OF_HEAD.get(head, head) for head in heads]
    found = [
        {
            head: names[column][row[column]] if column in names else row[column]
            for head, column in zip(heads, columns, strict=True)
        }
        for row in actual
    ]
    expected = [
        {head: cell_of(COLUMN_OF_HEAD.get(head, head), text) for head, text in row.items()}
        for row in drawn
    ]
    assert found == expected
