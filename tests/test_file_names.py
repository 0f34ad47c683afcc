"""What files are called decides whether they are read, and nothing else."""

import gzip
import shutil
from collections.abc import Callable
from glob import glob
from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import ConfigError
from pipeline.ingest.find import passed_over, source_files
from pipeline.journal import Journal
from pipeline.own_files import expect_ones_own
from pipeline.rehearsal import rehearse
from pipeline.run import run_night
from pipeline.settings import load_settings
from tests.projects import SHOP, WEB, Project, source

pytestmark = pytest.mark.usefixtures("core_only")


def test_what_a_source_brought_is_not_loaded_again_under_another_name(project: Project) -> None:
    project.configure(SHOP, source("web"))
    told = "id,time,event,who\n1,2026-01-05T09:00Z,login,ana\n"
    project.write("landing/web/a.csv", told)
    project.run()
    project.configure(SHOP, source("site").replace("landing/site", "landing/web"))
    with pytest.raises(ConfigError, match=r"landing/web/a\.csv was, as a file of source web"):
        project.run()
    # Who reads the same files as two sources means it.
    project.configure(SHOP, source("web"), source("site").replace("landing/site", "landing/web"))
    project.run()
    assert project.column("select count(*) from core.touchpoints") == [2]


# A wrong name and a better one, each pair of a source of its own.
NAMES = {
    "unknown": ("b.dat", "b.csv"),
    "not_packed": ("b.csv.gz", "b.csv"),
    "packed": ("b.csv.tgz", "b.csv.gz"),
}


@pytest.mark.long
def test_a_file_refused_for_its_name_is_read_once_it_has_a_better(project: Project) -> None:
    project.configure(SHOP, *(source(name) for name in NAMES))
    files = {}
    for name, (wrong, right) in NAMES.items():
        told = f"id,time,event,who\n{{}},2026-01-05T09:00Z,login,who_{name}\n"
        content = told.format(2).encode()
        project.write(f"landing/{name}/a.csv", told.format(1))
        files[name] = project.write(
            f"landing/{name}/{wrong}", gzip.compress(content) if right.endswith("gz") else content
        )
    counted = "select source, count(*) from core.touchpoints group by all order by all"
    project.run()
    assert project.rows(counted) == [(name, 1) for name in sorted(NAMES)]
    assert project.run().headline.startswith("nothing new")
    for name, (_, right) in NAMES.items():
        files[name].rename(files[name].with_name(right))
    project.run()
    assert project.rows(counted) == [(name, 2) for name in sorted(NAMES)]
    ledger = project.rows("select file, refused_reason from ops.loads order by file")
    assert ledger == [
        (f"landing/{name}/{file}", None)
        for name in sorted(NAMES)
        for file in ("a.csv", NAMES[name][1])
    ]
    # What lies there under the wrong name as well is known by now.
    for name, (_, right) in NAMES.items():
        shutil.copy(files[name].with_name(right), files[name])
        assert project.run().headline.startswith("nothing new")


BESIDE = ("b.csv.gz", "C.CSV", "d.CSV.zst", "e.csv.part", "notes.md", ".f.csv.gz", "sub/g.csv.gz")


def test_a_file_that_is_nearly_named_is_warned_of(project: Project) -> None:
    project.configure(SHOP, source("web").replace("web/*", "web/*.csv"))
    for name in ("a.csv", *BESIDE):
        project.write(f"landing/web/{name}", "id,time,event,who\n1,2026-01-05T09:00Z,login,ana\n")
    said: list[tuple[str, str]] = []
    journal = Journal(
        log=lambda level, event, **facts: said.append((event, str(facts.get("message"))))
    )
    run_night(load_settings(project.config), journal=journal)
    (warning,) = [message for event, message in said if event == "passed_over"]
    assert warning.startswith("source web passes over landing/web/C.CSV and 2 more, for its")
    assert rehearse(load_settings(project.config)).warnings == [warning]
    # What another source names is no mistake.
    other = source("other").replace("other/*", "web/*[vVzt]")
    project.configure(SHOP, source("web").replace("web/*", "web/*.csv"), other)
    assert passed_over(load_settings(project.config)) == []


def test_of_two_names_for_the_same_the_one_that_can_be_read_is(project: Project) -> None:
    project.configure(SHOP, source("web"))
    for name in ("a.bak", "b.csv"):
        project.write(f"landing/web/{name}", "id,time,event,who\n1,2026-01-05T09:00Z,login,ana\n")
    project.run()
    assert project.column("select file from ops.loads") == ["landing/web/b.csv"]


@pytest.mark.long
def test_a_folder_named_like_a_partition_says_nothing_of_what_its_files_hold(
    new_project: Callable[[], Project],
) -> None:
    lands = {"plain": "landing/web", "parted": "landing/web/time=2026-02-02/event=purchase"}
    found = []
    for folder in lands.values():
        project = new_project()
        project.configure(SHOP, source("web", 'props = ["more"]').replace("web/*", "web/**/*"))
        log = "id,time,event,who,more\n{},2026-01-05T09:00Z,login,ana,a\n"
        project.write(f"{folder}/more=b/a.csv", log.format(1))
        told = pl.read_csv(log.format(2).encode(), schema_overrides={"id": pl.String})
        told.write_parquet(project.write(f"{folder}/b.parquet", ""))
        told.with_columns(id=pl.lit("3")).write_ndjson(project.write(f"{folder}/c.jsonl", ""))
        project.run()
        found.append(
            project.rows("select event, occurred_at, props from core.touchpoints order by all")
        )
    assert found[0] == found[1]
    assert [(event, props) for event, _, props in found[0]] == [("login", '{"more":"a"}')] * 3


def test_links_that_lead_back_hold_no_night_up(project: Project) -> None:
    project.configure(SHOP, source("web").replace("web/*", "web/**/*.csv"))
    log = "id,time,event,who\n{},2026-01-05T09:00Z,login,ana\n"
    names = ("a.csv", "b/c/d.csv", "b/e.csv", "z.csv")
    for number, name in enumerate((*names, ".f/g.csv", "b/.h.csv")):
        project.write(f"landing/web/{name}", log.format(number))
    project.write("landing/shared/i.csv", log.format(9))
    web = project.dir / "landing/web"
    for link in ("a_link", "b/back", "b/again", "b/c/back"):
        (web / link).symlink_to(web)
    (web / "out").symlink_to(project.dir / "landing/shared")
    (web / "nowhere").symlink_to(web / "gone")
    settings = load_settings(project.config)
    (web_source,) = settings.sources
    found = source_files(settings, web_source)
    assert [str(file.relative_to(web)) for file in found] == [*names[:3], "out/i.csv", names[3]]
    project.run()
    told = "select file, refused_reason from ops.loads where refused_reason is not null"
    assert project.rows(told) == [("landing/web/out/i.csv", "outside_folder")]


@pytest.mark.parametrize(
    "files",
    [
        "landing/**",
        "landing/**/*",
        "**/b/*.csv",
        "landing/*/**/c/*",
        "landing/**/b/**/*.csv",
        "**/**/d.csv",
        "landing/web/[ab]*",
        "landing/../landing/**/*.csv",
        "{dir}/landing/**/*.csv",
        "landing/gone/**/*.csv",
    ],
)
def test_stars_name_the_files_that_glob_names(project: Project, files: str) -> None:
    for name in ("a.csv", "b/c/d.csv", "b/e.csv", ".f/g.csv", "b/.h.csv", "b/i.txt"):
        project.write(f"landing/web/{name}", name)
    pattern = files.format(dir=project.dir)
    told = source("web").replace("landing/web/*", pattern)
    project.configure(SHOP, told)
    settings = load_settings(project.config)
    names = glob(str(project.dir / pattern), recursive=True)  # noqa: PTH207 - it is what is asked
    named = {Path(name) for name in names}
    found = source_files(settings, settings.sources[0])
    assert found == sorted(file for file in named if file.is_file())


@pytest.mark.parametrize("name", ["[client] shop", "a*b"])
def test_a_project_whose_folder_has_a_wildcard_reads_what_has_to_be_cleaned(
    tmp_path: Path, name: str
) -> None:
    project = Project(tmp_path / name)
    project.dir.mkdir()
    project.configure(SHOP, source("web"))
    log = "id,time,event,who\n1,2026-01-05T09:00Z,login,ana\n\n2,2026-01-06T09:00Z,login,ana\n"
    project.write("landing/web/a.csv", log)
    project.run()
    assert project.column("select count(*) from core.touchpoints") == [2]
    # What is written there would be read by the next night.
    settings = load_settings(project.config)
    expect_ones_own(project.dir / "landing/other/mine.csv", settings)
    with pytest.raises(ConfigError, match="landing file of source web"):
        expect_ones_own(project.dir / "landing/web/mine.csv", settings)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("recorrido.toml", "a config"),
        ("other.toml", "a config"),
        ("queries/clean/mine.sql", "a query of the project"),
        ("warehouse/.lock", r"a file of the warehouse \(\.lock\)"),
        ("warehouse/previous/1.duckdb", r"a file of the warehouse \(previous\)"),
        ("warehouse/graph/stage.json", r"a file of the warehouse \(graph\)"),
        ("warehouse/journeys.duckdb", "the publication"),
        ("warehouse/report/report.html", "the page"),
    ],
)
def test_what_the_project_needs_is_written_to_by_nobody(
    project: Project, name: str, what: str
) -> None:
    with pytest.raises(ConfigError, match=f"found .*, which is {what}"):
        expect_ones_own(project.dir / name, load_settings(project.config))
    project.configure(SHOP, WEB, f'[lineage]\nfile = "{name}"')
    config = project.config.read_text()
    with pytest.raises(ConfigError, match=what):
        project.run()
    assert project.config.read_text() == config


def test_a_folder_that_duckdb_cannot_open_is_told_at_once(tmp_path: Path) -> None:
    project = Project(tmp_path / "why?")
    project.dir.mkdir()
    project.configure(SHOP, source("web"))
    with pytest.raises(ConfigError, match=r"without \? in its path.*why\?/warehouse"):
        project.run()
