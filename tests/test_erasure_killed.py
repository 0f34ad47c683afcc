"""An erasure that is killed anywhere is finished by what runs next, and readers notice nothing."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from pipeline.own_places import list_file
from pipeline.suppression import read_list
from tests.canonical import difference, hashes_of
from tests.erasure_shop import copied, files_holding, make_shop
from tests.faults.commands import Driver, Fault, driver
from tests.projects import Project

pytestmark = pytest.mark.usefixtures("core_only")

ERASE = ("erase", "--id", "user_id=ana")
NEXT = (("run",), ERASE)
# What is an erasure's own, with the points around it that decide what stands.
OWN = ("erasure: ", "suppression: ", "dead space: ", "publication: ", "vault: ", "lock: ")
# RECORRIDO_ERASURES=all tries each point, and a second kill in the recovery; else one does.
MOST = {"all": 10**6}.get(os.environ.get("RECORRIDO_ERASURES", ""), 1)


@dataclass(frozen=True)
class Stage:
    """A shop with Ana, the same without, and the points that an undisturbed erasure passes."""

    driver: Driver
    dir: Path
    shop: Project
    erased: Project
    points: list[str]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("killed")
    shop = make_shop(folder / "shop")
    with driver(quick=True) as started:
        assert started.run(shop.dir, ("run",), with_page=False).code == 0
        erased = copied(shop, folder / "erased")
        done = started.run(erased.dir, ERASE, with_page=False)
        assert done.code == 0, done.err
        points = [name for name in dict.fromkeys(done.passed) if name.startswith(OWN)]
        yield Stage(started, folder, shop, erased, points)


@pytest.mark.long
def test_what_was_begun_is_finished_by_the_next_run(stage: Stage) -> None:
    assert len(stage.points) > 15
    draw = Random(len(stage.points))
    chosen = draw.sample(stage.points, min(MOST, len(stage.points)))
    for number, point in enumerate(chosen):
        project = copied(stage.shop, stage.dir / f"killed_{number}")
        killed = stage.driver.run(project.dir, ERASE, Fault("SIGKILL", point), with_page=False)
        assert killed.code == -9, point
        assert hashes_of(project.published) in (
            hashes_of(stage.shop.published),
            hashes_of(stage.erased.published),
        ), point
        is_listed = not read_list(list_file(project.dir / "secrets/pseudonym.key")).is_empty()
        again = draw.choice(NEXT) if is_listed else ERASE
        if MOST > 3:
            second = Fault("SIGKILL", draw.choice(stage.points))
            stage.driver.run(project.dir, again, second, with_page=False)
        done = stage.driver.run(project.dir, again, with_page=False)
        assert done.code == 0, (point, again, done.err)
        expect_gone(stage, project, (point, again))


@pytest.mark.long
def test_what_a_backup_brought_back_is_gone_though_its_night_was_killed(stage: Stage) -> None:
    project = copied(stage.erased, stage.dir / "restored")
    shutil.rmtree(project.dir / "warehouse")
    shutil.copytree(stage.shop.dir / "warehouse", project.dir / "warehouse")
    former = "warehouse/previous/20260101T000000.000000000Z.duckdb"
    project.write(former, stage.shop.published.read_bytes())
    swapped = Fault("SIGKILL", "publication: sync the folder")
    assert stage.driver.run(project.dir, ("run",), swapped, with_page=False).code == -9
    done = stage.driver.run(project.dir, ("run",), with_page=False)
    assert done.code == 0, done.err
    expect_gone(stage, project, "restored")


def expect_gone(stage: Stage, project: Project, when: object) -> None:
    assert not difference(project.published, stage.erased.published), when
    for word in ("canaryrose", "ana@x.org"):
        assert files_holding(project.dir / "warehouse", word) == [], when
    assert not (project.dir / "warehouse" / ".erasing").exists(), when
    assert not (project.dir / "warehouse" / "previous").exists(), when
