"""The touches of all nights in slices: parts that stand together, and fit in memory together."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.warehouse import Warehouse

# What DuckDB holds of a touch while it is joined with what the kernels found of it, measured; and
# of the night's memory, what may be held so.
BYTES_PER_TOUCH = 160
SLICE_SHARE = 0.15
# Numbers of tonight's touches begin beyond these many records of a file: load_no, record_no.
_FILE = 2**40


@dataclass(frozen=True)
class Slice:
    """Conditions that hold of the touches of one slice: of tonight's, of stored ones, of told_row.

    The first two are there for the scan, which passes over what it can tell by them; `told_row`
    numbers touches of both kinds.
    """

    tonight: str = "true"
    stored: str = "true"
    told_row: str = "true"


EVERY_TOUCH = Slice()
# The number of a touch by where it stands; several of one record share it.
TONIGHT_ROW = f"touches.load_no::bigint * {_FILE} + touches.record_no"
STORED_ROW = "-1 - touches.stored_row"


def slices(warehouse: Warehouse, memory: int) -> list[Slice]:
    """Cut all touches into slices of about as many as fit; a single one where all do.

    In: scratch.loads, stored_touches.
    """
    most = max(int(memory * SLICE_SHARE / BYTES_PER_TOUCH), 1)
    loads = warehouse.rows("select load_no, records from scratch.loads order by load_no")
    last = warehouse.value("select coalesce(max(stored_row), -1) from stored_touches")
    if last + sum(records for _, records in loads) < most:
        return [EVERY_TOUCH]
    return [*_of_tonight(loads, most), *_of_stored(last, most)]


def _of_tonight(loads: list[tuple[int, int]], most: int) -> Iterator[Slice]:
    """Take neighbouring files together, and part large ones."""
    first, taken = None, 0
    for number, (load_no, records) in enumerate(loads):
        if records > most:
            for start in range(1, records + 1, most):
                yield _between((load_no, start), (load_no, min(start + most - 1, records)))
            continue
        first = load_no if first is None else first
        taken += records
        following = loads[number + 1][1] if number + 1 < len(loads) else most
        if taken + following > most:
            yield _between((first, 0), (load_no, _FILE - 1))
            first, taken = None, 0


def _between(first: tuple[int, int], last: tuple[int, int]) -> Slice:
    scanned = f"touches.load_no between {first[0]} and {last[0]}"
    if first[0] == last[0]:
        scanned += f" and touches.record_no between {first[1]} and {last[1]}"
    numbers = [load_no * _FILE + record_no for load_no, record_no in (first, last)]
    return Slice(scanned, "false", f"told_row between {numbers[0]} and {numbers[1]}")


def _of_stored(last: int, most: int) -> Iterator[Slice]:
    for start in range(0, last + 1, most):
        end = start + most - 1
        yield Slice(
            "false",
            f"touches.stored_row between {start} and {end}",
            f"told_row between {-1 - end} and {-1 - start}",
        )
