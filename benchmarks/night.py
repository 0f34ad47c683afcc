"""A night on millions of touches against the floor: reading its input into a table and sorting it.

Both run on the same files, in turn, each in a process of its own. The floor is DuckDB creating one
table from the files, and Polars sorting them by customer and time. Prints seconds, peak memory and
the ratio, pair by pair and their median.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

TOUCHES_PER_CUSTOMER = 25.8
_BUILD = Path(__file__).parent.parent / "build" / "bench"

# What of the invented touches an export would tell, under the contract's own names.
_COLUMNS = (
    "native_id", "occurred_at", "event", "channel", "traffic", "device_type", "session_id",
    "user_id", "email", "loyalty_id", "order_id", "anonymous_id", "device_id", "network_user_id",
    "utm_source", "utm_medium", "utm_campaign", "campaign", "page_url", "product", "value",
    "currency", "rating", "is_machine",
)  # fmt: skip

_FLOOR_TABLE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("set memory_limit = '4GB'")
connection.execute(f"create table touches as select * from read_parquet('{sys.argv[2]}')")
connection.execute("checkpoint")
"""
_FLOOR_SORT = """
import sys, polars as pl
pl.scan_parquet(sys.argv[1]).sort("customer", "occurred_at").collect()
"""
_NIGHT = """
import json, sys
from pathlib import Path
from pipeline.journal import Journal
from pipeline.run import run_night
from pipeline.settings import load_settings

journal = Journal(say=lambda step: None)
run_night(load_settings(Path(sys.argv[1])), journal=journal)
print(json.dumps({step.name: round(step.seconds, 2) for step in journal.steps}))
"""


def main() -> None:
    """Measure, and print what was measured."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--touches", type=int, default=10_000_000)
    wanted.add_argument("--runs", type=int, default=3)
    arguments = wanted.parse_args()
    files = invent(arguments.touches)
    print(f"{len(list(files.glob('*.parquet')))} files, {_size(files) / 1e6:.0f} MB of Parquet")
    ratios = []
    for _ in range(arguments.runs):
        pattern = str(files / "*.parquet")
        scratch = _fresh(_BUILD / "floor")
        table, table_peak, _ = measure(_FLOOR_TABLE, str(scratch / "floor.duckdb"), pattern)
        sort, sort_peak, _ = measure(_FLOOR_SORT, pattern)
        night, peak, told = measure(_NIGHT, str(write_config(files)))
        ratios.append(night / (table + sort))
        print(
            f"floor: table {table:.1f} s ({table_peak:.2f} GB) + sort {sort:.1f} s "
            f"({sort_peak:.2f} GB); night {night:.1f} s ({peak:.2f} GB); ratio {ratios[-1]:.2f}"
        )
        for step, seconds in json.loads(told.splitlines()[-1]).items():
            print(f"    {step:<24} {seconds:6.1f} s  {seconds / (table + sort):5.2f}")
    print(f"median ratio {statistics.median(ratios):.2f}")


def invent(touches: int) -> Path:
    """Invent touches, once, as Parquet of generic events; gives the folder of the files."""
    import polars as pl

    from pipeline.sample import iter_shop

    folder = _BUILD / f"touches-{touches}"
    if (folder / "done").exists():
        return folder
    _fresh(folder)
    customers = int(touches / TOUCHES_PER_CUSTOMER)
    for number, shop in enumerate(iter_shop(customers=customers, seed=1)):
        told = shop.touches.filter(~pl.col("is_denied")).with_columns(
            native_id=pl.format("touch-{}", "touch_no"), customer="person"
        )
        identified = pl.any_horizontal(
            pl.col(
                "user_id",
                "email",
                "loyalty_id",
                "order_id",
                "anonymous_id",
                "device_id",
                "network_user_id",
            ).is_not_null()
        )
        told.filter(identified).select("customer", *_COLUMNS).write_parquet(
            folder / f"{number:03}.parquet", row_group_size=200_000
        )
    (folder / "done").touch()
    return folder


def write_config(files: Path) -> Path:
    """Write the config of a project whose only source are the files, with nothing published."""
    folder = _fresh(_BUILD / "night")
    columns = "\n".join(f'{name} = "{name}"' for name in _COLUMNS)
    config = folder / "recorrido.toml"
    config.write_text(
        '[project]\ncurrency = "CLP"\ntimezone = "America/Santiago"\n'
        '[warehouse]\nmemory = "4GB"\n'
        '[[sources]]\nname = "touches"\nchannel = "web"\nformat = "events"\n'
        f'files = "{files}/*.parquet"\n[sources.columns]\n{columns}\n'
    )
    return config


def measure(script: str, *arguments: str) -> tuple[float, float, str]:
    """Run a script in a process of its own: seconds, peak memory in GB, and what it printed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"a measured process failed with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - started, _gigabytes(usage), told


def _gigabytes(usage: resource.struct_rusage) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 1e9


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.parquet"))


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main()
