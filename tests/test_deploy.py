"""The recipes of deploy/: as far as they can be run here, they are."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import ROOT
from tests.projects import SHOP_WITH_VAULT, WEB, Project, core_only

DEPLOY = ROOT / "deploy"
SYSTEMD = DEPLOY / "systemd"
FIRST = "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n2026-01-05T09:05:00Z,purchase,ana\n"
SECOND = "at,event,who\n2026-01-06T09:00:00Z,search,bob\n2026-01-04T09:00:00Z,search,ana\n"


def ended(
    *command: object, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, whatever that is."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def on_path(folder: Path, name: str, script: str) -> None:
    """Put a command into a folder that stands in for another one."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("name", ["crontab", "backup.sh", "audit.sh"])
def test_shell_recipes_are_shell(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    if name == "crontab":
        text = "".join(line.split("*  ")[1] for line in text.splitlines() if line.startswith("10 "))
    assert ended("sh", "-n", "-c", text).returncode == 0


def test_the_line_of_cron_says_what_went_wrong_and_else_nothing(tmp_path: Path) -> None:
    lines = (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if not line.startswith("#") and "recorrido run" in line)
    *times, command = line.split(maxsplit=5)
    assert times == ["10", "4", "*", "*", "*"]
    on_path(tmp_path, "recorrido", f'exec {sys.executable} -m pipeline "$@"')
    done = ended(
        "sh",
        "-c",
        command.replace("/srv/journeys", str(tmp_path)),
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == "recorrido ended with 2\n"
    assert "there is no config file" in done.stderr


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(SYSTEMD / name, encoding="utf-8")
    return parser


def test_the_service_has_the_rights_that_it_needs_and_no_other() -> None:
    service = unit("recorrido.service")["Service"]
    assert service["Type"] == "oneshot"
    assert service["User"] not in ("", "root")
    # Or else nobody but the service could read what it publishes.
    running = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    assert f"install -d -o {service['User']} -g {service['Group']} -m 2750" in running
    assert service["UMask"] == "0077"
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"] == f"{service['WorkingDirectory']}/warehouse"
    assert service["CapabilityBoundingSet"] == ""
    assert service["PrivateNetwork"] == service["NoNewPrivileges"] == "yes"
    assert service["SuccessExitStatus"] == "143"
    assert unit("recorrido.timer")["Timer"]["Persistent"] == "true"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_takes_the_units_and_calls_the_service_safe(tmp_path: Path) -> None:
    for file in SYSTEMD.iterdir():
        text = file.read_text(encoding="utf-8").replace("/opt/recorrido/bin/recorrido", "/bin/true")
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    units = [tmp_path / "recorrido.service", tmp_path / "recorrido.timer"]
    verified = ended("systemd-analyze", "verify", *units, cwd=tmp_path)
    assert (verified.returncode, verified.stderr) == (0, "")
    # Of 100; a service without any of these options has 96.
    judged = ended("systemd-analyze", "security", "--offline=true", "--threshold=10", units[0])
    assert judged.returncode == 0, judged.stdout


@pytest.mark.parametrize("recipe", ["airflow/recorrido_dag.py", "dagster/definitions.py"])
def test_an_orchestrator_starts_the_command_and_imports_nothing_of_ours(recipe: str) -> None:
    text = (DEPLOY / recipe).read_text(encoding="utf-8")
    compile(text, recipe, "exec")
    assert '[COMMAND, "run", "--log", "json"]' in text
    assert not re.search(r"^\s*(import|from) pipeline", text, re.MULTILINE)


@pytest.mark.parametrize("recipe", ["airflow/recorrido_dag.py", "dagster/definitions.py"])
def test_a_task_fails_for_good_where_no_retry_mends_it(recipe: str, tmp_path: Path) -> None:
    on_path(tmp_path, "recorrido", 'echo "a night"; echo \'{"message": "why"}\' >&2; exit $CODE')
    endings: dict[str, list[int]] = {}
    for code in (0, 1, 2, 3, 4, 5, 143):
        env = {
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "RECORRIDO_COMMAND": "recorrido",
            "RECORRIDO_PROJECT": str(tmp_path),
            "CODE": str(code),
        }
        done = ended(sys.executable, ROOT / "tests" / "recipes.py", DEPLOY / recipe, env=env)
        assert done.returncode == 0, done.stderr
        endings.setdefault(done.stdout.splitlines()[-1], []).append(code)
    assert endings == {
        "done": [0],
        "may be tried again": [1, 4, 143],
        "fails for good": [2, 3, 5],
    }


@pytest.mark.parametrize(
    ("audit", "code", "told"),
    [
        ("echo No known vulnerabilities found", 0, "no known vulnerability"),
        ("echo Found 1 known vulnerability in 1 package; exit 1", 1, "make lock ARGS=--upgrade"),
        ("echo ERROR: no route to host >&2; exit 1", 2, "cannot be audited"),
    ],
)
def test_an_audit_tells_what_is_safe_from_what_it_could_not_ask(
    audit: str, code: int, told: str, tmp_path: Path
) -> None:
    on_path(tmp_path, "pip-audit", audit)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = ended("sh", DEPLOY / "audit.sh", "run.txt", "dev.txt", env=env)
    assert done.returncode == code
    assert told in done.stdout + done.stderr


def test_dbt_knows_every_published_table_and_column(sample_project: Project) -> None:
    yaml = pytest.importorskip("yaml")
    make = ended(sys.executable, DEPLOY / "dbt" / "make_sources.py", "-")
    assert make.returncode == 0, make.stderr
    told = {
        (schema["name"], table["name"], column["name"])
        for schema in yaml.safe_load(make.stdout)["sources"]
        for table in schema["tables"]
        for column in table["columns"]
    }
    published = set(
        sample_project.rows(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where schema_name in ('core', 'marts', 'ops') and not internal"
        )
    )
    assert published - told == set()
    assert {table[:2] for table in told} >= {table[:2] for table in published}


def test_the_image_is_locked_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and line[0] != "#"]
    last = steps[max(at for at, step in enumerate(steps) if step[0] == "FROM") :]
    assert dict(step for step in last if len(step) == 2)["USER"] == "10001:10001"
    assert [step for step in last if step[0] == "ENTRYPOINT"] == [["ENTRYPOINT", '["recorrido"]']]
    for _, install in (step for step in steps if step[0] == "RUN" and "pip install" in step[1]):
        assert "--require-hashes --only-binary=:all:" in install or "--no-index" in install
    assert not re.search(r"^ADD |:latest|curl|wget|sudo", text, re.MULTILINE)
    copied = [
        step[1].split()[:-1] for step in steps if step[0] == "COPY" and "--from" not in step[1]
    ]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    for source in (source for sources in copied for source in sources):
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored


def backed_up(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the backup with the Python of these tests."""
    env = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    return ended("sh", DEPLOY / "backup.sh", *arguments, cwd=cwd, env=env)


@pytest.mark.long
def test_a_restored_copy_goes_on_as_if_nothing_had_been(
    new_project: Callable[[], Project], tmp_path: Path
) -> None:
    shop = new_project()
    shop.write("landing/web/1.csv", FIRST)
    with core_only():
        shop.run()
    done = backed_up(shop.dir, tmp_path / "copies" / "one")
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "copies").iterdir()) == [tmp_path / "copies" / "one"]
    assert (tmp_path / "copies" / "one").stat().st_mode & 0o077 == 0
    restored = Project(tmp_path / "restored")
    restored.dir.mkdir()
    restored.dir.chmod(0o750)
    brought = ended("sh", "-c", f"cp -a {tmp_path}/copies/one/* {restored.dir}/")
    assert (brought.returncode, restored.dir.stat().st_mode & 0o777) == (0, 0o750)
    only_landing = new_project()
    shutil.copytree(restored.dir / "landing", only_landing.dir / "landing")
    for project in (shop, restored, only_landing):
        project.write("landing/web/2.csv", SECOND)
        with core_only():
            project.run()
    assert restored.contents() == shop.contents() == only_landing.contents()
    assert restored.column("select count(*) from core.touchpoints") == [4]
    assert restored.column("select sum(duplicates) from ops.loads") == [0]


def test_a_backup_goes_into_a_folder_of_its_own(new_project: Callable[[], Project]) -> None:
    shop = new_project()
    refused = backed_up(shop.dir, shop.dir)
    assert (refused.returncode, "found that" in refused.stderr) == (2, True)
    refused = backed_up(shop.dir / "secrets", shop.dir / "copy")
    assert (refused.returncode, "expected a project" in refused.stderr) == (2, True)
    refused = backed_up(shop.dir, shop.dir / "landing" / "copy")
    assert (refused.returncode, "outside of the project" in refused.stderr) == (2, True)
    refused = backed_up(shop.dir)
    assert (refused.returncode, "found 1 argument" in refused.stderr) == (2, True)


def test_a_backup_holds_what_lies_beside_the_config_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Project(tmp_path / "-shop")
    shop.dir.mkdir()
    rates = '[rates]\nfile = "día/rates.csv"'
    shop.configure(SHOP_WITH_VAULT, rates, WEB.replace("landing/web/*", "till-*.ndjson"))
    names = ["-x.csv", "día/rates.csv", "secrets/pseudonym.key", "till-1.ndjson"]
    for name in names:
        shop.write(name, "something")
    # A locale of other letters.
    for name, value in {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}.items():
        monkeypatch.setenv(name, value)
    done = backed_up("-shop", "-copy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    copy = tmp_path / "-copy"
    held = [str(file.relative_to(copy)) for file in copy.rglob("*") if file.is_file()]
    assert sorted(held) == sorted([*names, "recorrido.toml"])


@pytest.mark.long
def test_a_backup_holds_key_and_warehouse_wherever_the_config_has_them(
    new_project: Callable[[], Project], tmp_path: Path
) -> None:
    shop = new_project()
    shop.configure(
        SHOP_WITH_VAULT,
        'key_file = "keys/shop.key"',
        WEB.replace("landing/web/*", "logs/*.csv"),
        '[warehouse]\ndir = "made/tables"',
    )
    shop.write("logs/1.csv", FIRST)
    with core_only():
        shop.run()
    # It may lie elsewhere in the project, behind a link.
    (shop.dir / "disk").mkdir()
    (shop.dir / "made/tables").rename(shop.dir / "disk/tables")
    (shop.dir / "made/tables").symlink_to("../disk/tables")
    shop.write("keys/shop.erased", "erasure_id,kind,mark\n")
    # And so may the config, which nothing else follows.
    shop.config.rename(tmp_path / "kept.toml")
    shop.config.symlink_to(tmp_path / "kept.toml")
    # What a backup left that was stopped.
    (tmp_path / "one.part" / "warehouse").mkdir(parents=True)
    done = backed_up(shop.dir, tmp_path / "one")
    assert done.returncode == 0, done.stderr
    held = {str(file.relative_to(tmp_path / "one")) for file in (tmp_path / "one").rglob("*")}
    assert held >= {
        "keys/shop.key",
        "keys/shop.erased",
        "made/tables/journeys.duckdb",
        "logs/1.csv",
        "recorrido.toml",
    }
    assert not (tmp_path / "one/recorrido.toml").is_symlink()
    assert not (tmp_path / "one.part").exists()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ('key_file = "../shop.key"', "expected key and warehouse within the project"),
        ('[warehouse]\ndir = "../tables"', "expected key and warehouse within the project"),
        ('key_file = "keys/gone.key"', "expected keys/gone.key in the copy"),
        ('key_file = "keys/shop.key"\nkey = 1', "recorrido.toml"),
    ],
)
def test_a_backup_without_key_or_warehouse_is_none(
    new_project: Callable[[], Project], tmp_path: Path, config: str, told: str
) -> None:
    shop = new_project()
    shop.configure(SHOP_WITH_VAULT, config, WEB)
    refused = backed_up(shop.dir, tmp_path / "copies" / "one")
    assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr
    assert list((tmp_path / "copies").iterdir()) == []
