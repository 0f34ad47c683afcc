"""A night of 1% new touches on a long history, against rebuilding the same history whole.

The history is the first 99% of invented touches by time, the night the rest, in one file. Each runs
in a process of its own: the history's first night, the night of 1%, and `--full` over all of it.
Prints seconds by step, peak memory, the size of the warehouse and the share of the rebuild that the
night takes; ends with 1, and names them, where tables of the night are not those of the rebuild.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import polars as pl

from benchmarks.night import invent, measure, write_config
from tests.canonical import hashes_of

_BUILD = Path(__file__).parent.parent / "build" / "bench"
_NIGHT = """
import json, sys
from pathlib import Path
from pipeline.journal import Journal
from pipeline.run import run_night
from pipeline.settings import load_settings

journal = Journal()
run_night(load_settings(Path(sys.argv[1])), full=sys.argv[2] == "full", journal=journal)
print(json.dumps([(step.name, round(step.seconds, 2), step.rows) for step in journal.steps]))
"""


def main() -> None:
    """Measure, and print what was measured."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--touches", type=int, default=30_000_000)
    wanted.add_argument("--share", type=float, default=0.01)
    arguments = wanted.parse_args()
    history, night = divide(invent(arguments.touches), arguments.share)
    config = write_config(history)
    _run("history", config, "new")
    pl.scan_parquet(night / "*.parquet").sink_parquet(history / "tonight.parquet")
    published = config.parent / "warehouse" / "journeys.duckdb"
    seconds = _run("the night", config, "new")
    moved = hashes_of(published)
    whole = _run("rebuild", config, "full")
    rebuilt = hashes_of(published)
    size = published.stat().st_size
    print(f"warehouse {size / 1e9:.2f} GB; the night takes {seconds / whole:.1%} of the rebuild")
    if moved != rebuilt:
        sys.exit(f"not as rebuilt: {', '.join(sorted(dict(moved.items() ^ rebuilt.items())))}")
    print(f"{len(moved)} tables of the night are those of the rebuild")


def divide(files: Path, share: float) -> tuple[Path, Path]:
    """Part invented touches by time: all but the last share, and the last share of them."""
    parts = [_BUILD / f"{name}-{files.name}" for name in ("history", "night")]
    for part in parts:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
    times = pl.scan_parquet(files / "*.parquet").select("occurred_at")
    since = times.quantile(1 - share, interpolation="nearest").collect().item()
    for file in sorted(files.glob("*.parquet")):
        touches = pl.read_parquet(file)
        is_new = pl.col("occurred_at") > since
        for part, rows in zip(parts, (~is_new, is_new), strict=True):
            touches.filter(rows).write_parquet(part / file.name, row_group_size=200_000)
    return parts[0], parts[1]


def _run(name: str, config: Path, how: str) -> float:
    seconds, peak, told = measure(_NIGHT, str(config), how)
    print(f"{name}: {seconds:.1f} s ({peak:.2f} GB)")
    for step, took, rows in json.loads(told.splitlines()[-1]):
        print(f"    {step:<10} {took:8.2f} s  {rows if rows is not None else ''}")
    return seconds


if __name__ == "__main__":
    main()
