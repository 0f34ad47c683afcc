"""A page of some journeys only: the published marts, made anew of them."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.checks import judge_laws
from pipeline.errors import ConfigError
from pipeline.selection import EVERYTHING, Selection, selecting
from pipeline.settings import load_settings
from pipeline.warehouse import Warehouse, reading
from tests.command import recorrido
from tests.projects import SHOP, WEB, Project

SELECTIONS = [
    EVERYTHING,
    Selection(segment="loyal"),
    Selection(from_date=date(2026, 3, 1), to_date=date(2026, 5, 31)),
    Selection(from_date=date(2026, 3, 1), segment="planner"),
]
# What touches outside journeys, or whole sessions, have a part in.
OF_ALL_TOUCHES = ("core.sessions.", "core.touchpoints.", "ops.")


def funnel_of(warehouse: Warehouse, only: Selection = EVERYTHING) -> list[tuple[object, ...]]:
    """Read the funnel of the journeys that are meant."""
    return warehouse.rows(
        "select stage, reached, visited, advanced, dropped, open, settled, converted, goal_met "
        "from stage_funnel(from_date := $from, to_date := $to, segment := $segment)",
        {"from": only.from_date, "to": only.to_date, "segment": only.segment},
    )


@pytest.mark.long
@pytest.mark.parametrize("only", SELECTIONS, ids=str)
def test_a_selections_funnel_is_that_of_the_macro_so_filtered(
    sample_project: Project, only: Selection
) -> None:
    settings = load_settings(sample_project.config)
    with reading(settings.published_file) as published:
        expected = funnel_of(published, only)
    with selecting(settings, only) as selected:
        assert funnel_of(selected) == expected
        assert [
            law.name
            for law in judge_laws(selected)
            if law.offenders and not law.name.startswith(OF_ALL_TOUCHES)
        ] == []


@pytest.mark.parametrize(
    ("only", "message"),
    [
        (Selection(segment="nobody"), "there is no segment 'nobody'; there are browser, "),
        (Selection(from_date=date(2031, 1, 1)), "they began from 2025-11-01 to 2026-10-31"),
        (Selection(to_date=date(2001, 1, 1)), "they began from 2025-11-01 to 2026-10-31"),
        (
            Selection(from_date=date(2026, 5, 1), to_date=date(2026, 4, 1)),
            "no journey began from 2026-05-01 to 2026-04-01",
        ),
    ],
    ids=str,
)
def test_a_selection_without_journeys_says_what_there_is(
    sample_project: Project, only: Selection, message: str
) -> None:
    settings = load_settings(sample_project.config)
    with pytest.raises(ConfigError, match=message), selecting(settings, only):
        pass


def test_a_page_of_a_part_says_so_and_goes_where_it_is_told(
    sample_project: Project, tmp_path: Path
) -> None:
    page = tmp_path / "loyal.html"
    asked = ("report", "--config", sample_project.config, "--segment", "loyal", "--lang", "en")
    recorrido(*asked, "--from", "2026-03-01", "--out", page)
    text = page.read_text(encoding="utf-8")
    assert "Only a part" in text
    assert "segment loyal" in text
    assert "--out FILE" in recorrido(*asked, answer=2).stderr


@pytest.mark.long
def test_a_segment_is_not_charged_with_what_was_spent_on_all(
    sample_project: Project, tmp_path: Path
) -> None:
    page = tmp_path / "part.html"
    asked = ("report", "--config", sample_project.config, "--out", page)
    figures = ('<span class="money">CPA', '<span class="money">ROAS')
    notes = {
        "en": "How much was spent on a segment is not known",
        "es": "en un segmento no se sabe",
    }
    recorrido(*asked, "--from", "2026-03-01", "--lang", "en")
    text = page.read_text(encoding="utf-8")
    assert all(figure in text for figure in figures)
    assert notes["en"] not in text
    for language, note in notes.items():
        recorrido(*asked, "--segment", "loyal", "--lang", language)
        text = page.read_text(encoding="utf-8")
        assert not any(figure in text for figure in figures)
        assert note in text
    with selecting(load_settings(sample_project.config), Selection(segment="loyal")) as selected:
        assert selected.value("select count(*) from marts.attribution") > 0
        assert selected.value("select count(spend) from marts.attribution") == 0


def test_no_page_of_a_segment_gives_the_others_away(project: Project, tmp_path: Path) -> None:
    people = '[segments]\nfile = "customers.csv"\ncolumn = "kind"'
    project.configure(SHOP.replace("min_customers = 0", "min_customers = 3"), WEB, people)
    who = [*(("loyal", f"l{number}") for number in range(5)), ("vip", "v1"), ("vip", "v2")]
    project.write("customers.csv", "kind,user_id\n" + "".join(f"{a},{b}\n" for a, b in who))
    log = "".join(f"2026-01-05T09:00Z,view_item,{name}\n" for _, name in who)
    project.write("landing/web/a.csv", f"at,event,who\n{log}")
    project.run()
    asked = ("report", "--segment", "loyal", "--out", tmp_path / "page.html")
    told = recorrido(*asked, cwd=project.dir, answer=2).stderr
    assert "loyal is folded with others of fewer than 3 customers" in told
    project.write("landing/web/b.csv", "at,event,who\n2026-01-06T09:00Z,view_item,v3\n")
    project.write("customers.csv", (project.dir / "customers.csv").read_text() + "vip,v3\n")
    project.run()
    recorrido(*asked, cwd=project.dir)
