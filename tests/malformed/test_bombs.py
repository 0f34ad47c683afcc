"""Small files that would fill the memory, the disk or the stack, in a process of their own."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.malformed.conftest import Shared
from tests.malformed.writers import HEADER, NINE, gz, table
from tests.projects import SHOP_WITH_VAULT, WEB, Project

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
MEMORY = 400
# The kernel's own mark of a process, for ru_maxrss begins with that of the process that started it.
RUN = """
import resource, sys
from pathlib import Path
from pipeline.journal import Journal
from pipeline.run import run_night
from pipeline.settings import load_settings

run_night(load_settings(Path(sys.argv[1])), journal=Journal(say=lambda step: None))
status = Path("/proc/self/status")
if status.exists():
    marks = dict(line.split(":", 1) for line in status.read_text().splitlines())
    print(int(marks["VmHWM"].split()[0]) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
MIB = 1 << 20
DEEP = '{"a":' * 200_000 + "1" + "}" * 200_000


@dataclass(frozen=True)
class Survived:
    """What a night over all bombs left, and the most memory that it took at once."""

    project: Project
    peak: int


def repeated(text: str | bytes, times: int) -> pa.Array:
    """Write one text many times, as a dictionary that holds it once."""
    return pa.DictionaryArray.from_arrays(np.zeros(times, dtype=np.int32), pa.array([text]))


def parquet(file: Path, **columns: pa.Array) -> None:
    """Write columns as Parquet, in one group of rows."""
    times = max(map(len, columns.values()))
    told = {name: repeated(NINE, times) for name in ("at", "event", "who")}
    pq.write_table(pa.table({**told, **columns}), file, compression="zstd", row_group_size=times)


def packed(text: bytes, mebibytes: int) -> bytes:
    """Pack one text, again and again, in a thousandth of its size: gzip, member by member."""
    return gz(text * (MIB // len(text))) * mebibytes


def event(**also: object) -> str:
    """Write one record as JSON, with a place for more."""
    return json.dumps({"at": NINE, "event": "view_item", "who": "deep", **also})


@pytest.fixture(scope="module")
def survived(shared: Shared) -> Survived:
    """Run one night over all bombs, and a good file behind them."""
    with shared("bombs") as folder:
        project, peak = Project(folder), folder / "peak"
        if not peak.exists():
            write_bombs(project)
            peak.write_text(run_night_apart(project), encoding="ascii")
    return Survived(project, int(peak.read_text(encoding="ascii")))


def write_bombs(project: Project) -> None:
    """Write all bombs, and a config with little memory."""
    project.configure(SHOP_WITH_VAULT, WEB, f'[warehouse]\nmemory = "{MEMORY}MB"')
    line, enclosed = event(deep="?").replace('"?"', DEEP), f'"data":{event(deep="?")}'
    bombs: dict[str, str | bytes] = {
        "line.csv.gz": gz(HEADER) + packed(b"x", 1024),
        "line.ndjson.gz": packed(b"x", 1024),
        "line.json.gz": gz('[{"at": "') + packed(b"x", 128),
        "lines.csv.gz": gz(HEADER) + packed(b"x,y,z\n", 128),
        "blank_lines.ndjson.gz": packed(b"\n", 128),
        "deep.ndjson": line,
        "deep_envelope.ndjson": f'{{"specversion":"1.0",{enclosed}}}'.replace('"?"', DEEP),
        "zz_good.csv": table(),
    }
    for name, content in bombs.items():
        project.write(f"landing/web/{name}", content)
    parquet(project.dir / "landing/web/rows.parquet", who=repeated(NINE, 4_000_000))
    parquet(project.dir / "landing/web/texts.parquet", event=repeated("x" * MIB, 10_000))
    parquet(project.dir / "landing/web/bytes.parquet", event=repeated(b"x" * MIB, 10_000))


def run_night_apart(project: Project) -> str:
    """Run a night in a process of its own, and tell the most memory that it took at once."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(project.config)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("line.csv.gz", "line_too_long"),
        ("line.ndjson.gz", "line_too_long"),
        ("line.json.gz", "expands_too_far"),
        ("lines.csv.gz", "expands_too_far"),
        ("blank_lines.ndjson.gz", "expands_too_far"),
        ("rows.parquet", "expands_too_far"),
        ("texts.parquet", "expands_too_far"),
        ("bytes.parquet", "expands_too_far"),
    ],
)
def test_a_bomb_is_refused_whole(survived: Survived, file: str, reason: str) -> None:
    assert (survived.project.dir / "landing/web" / file).stat().st_size < 2 * MIB
    refused = f"select refused_reason from ops.loads where file = 'landing/web/{file}'"
    assert survived.project.column(refused) == [reason]


def test_a_record_of_any_depth_is_a_record(survived: Survived) -> None:
    deep = "select records, rejected from ops.loads where file like '%deep%'"
    assert survived.project.rows(deep) == [(1, 0), (1, 0)]


def test_the_good_file_comes_through(survived: Survived) -> None:
    good = "select accepted from ops.loads where file like '%good.csv'"
    assert survived.project.column(good) == [3]


def test_memory_stays_within_a_quarter_of_what_is_configured(survived: Survived) -> None:
    assert survived.peak <= MEMORY * 1e6 * 1.25
