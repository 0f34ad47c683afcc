"""How far figures hang on the settings: a world worked by hand, and the publication untouched."""

import json
import re
import shutil
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from string import Formatter

import duckdb
import polars as pl
import pytest
from playwright.sync_api import Browser
from polars.testing import assert_frame_equal

from pipeline.errors import ConfigError, LockedError, QueryError
from pipeline.figures.sensitivity import RATES, compare_trials
from pipeline.journey.credits import RULES
from pipeline.lock import one_run_at_a_time
from pipeline.report import Language
from pipeline.report.sensitivity_picture import SensitivityData, render_sensitivity
from pipeline.report.sensitivity_texts import WORDS, value_word
from pipeline.run import Outcome
from pipeline.sensitivity import as_text, try_settings
from pipeline.sensitivity.trials import list_trials
from pipeline.settings import Settings, load_settings
from tests.command import recorrido
from tests.pages import DESK, HOSTILE, PHONE, Opened
from tests.projects import SHOP, WEB, Project, core_only

DEVICES = """
    anonymous_id = "device"
    utm_medium = "medium"
    value = "value"
"""
# Ana looks on a device before she buys on it by name, forty minutes later. Bob pauses for 60 days.
LOG = """
    at                  | event     | who  | device | medium | value
    --------------------+-----------+------+--------+--------+------
    2026-01-01 09:00:00 | view_item |      | x      | email  |
    2026-01-01 09:20:00 | search    |      | x      |        |
    2026-01-01 10:00:00 | purchase  | ana  | x      |        | 50
    2026-04-10 09:00:00 | view_item | bob  | y      |        |
    2026-06-09 09:00:00 | search    | bob  | y      |        |
    2026-07-19 09:00:00 | search    | cleo | z      |        |
"""
PUBLISHED = """
    select
        (select count(*) from core.customers), (select count(*) from core.sessions),
        count(*), count_if(state = 'open')::bigint, count_if(state = 'dropped')::bigint,
        count(converted_at), sum(value - returned_value)::decimal(18, 4)
    from core.journeys
"""
COUNTS = ("customers", "sessions", "journeys", "open", "dropped", "conversions", "revenue")
SILENTLY: Callable[[str], None] = lambda step: None  # noqa: E731


def tried(project: Project) -> pl.DataFrame:
    return try_settings(load_settings(project.config), say=SILENTLY)


def files_of(project: Project) -> dict[str, str]:
    """List all that a project holds, each file with its contents' hash."""
    return {
        str(file): sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        for file in project.dir.rglob("*")
    }


@pytest.fixture(scope="module")
def published_shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a project with a night on the drawn log. Tests that change it take a copy, `shop`."""
    made = Project(tmp_path_factory.mktemp("shop"))
    made.configure(SHOP, WEB, DEVICES, "[segments]", 'file = "customers.csv"')
    made.write("customers.csv", "user_id\nana\n")
    made.write_log("landing/web/log.csv", LOG)
    made.run()
    return made


@pytest.fixture
def shop(published_shop: Project, tmp_path: Path, unadorned: None) -> Project:
    return Project(shutil.copytree(published_shop.dir, tmp_path / "shop"))


@pytest.fixture(scope="module")
def shop_trials(published_shop: Project) -> pl.DataFrame:
    return tried(published_shop)


@pytest.fixture(scope="module")
def sample_trials(sample_project: Project) -> pl.DataFrame:
    return tried(sample_project)


def of(trials: pl.DataFrame, parameter: str) -> pl.DataFrame:
    return trials.filter(pl.col("parameter") == parameter)


def assert_configured_is_published(trials: pl.DataFrame, project: Project) -> None:
    """Assert that every row of the settings as they are tells what the publication does."""
    drop_off = project.rows(
        "select rate from marts.drop_off where dimension = 'all' and period is null "
        "and stage_no <= 4 order by stage_no"
    )
    credits = project.rows(
        "select coalesce(traffic, 'unattributed'), share from marts.attribution "
        "where dimension = 'traffic' and model = 'last_non_direct' and share > 0"
    )
    configured = trials.filter("is_configured")
    assert configured["parameter"].is_duplicated().sum() == 0
    assert configured.height == trials["parameter"].n_unique()
    for row in configured.rows(named=True):
        assert [tuple(row[name] for name in COUNTS)] == project.rows(PUBLISHED)
        assert [(row[name],) for name in RATES[1:]] == [pytest.approx(rate) for rate in drop_off]
        assert json.loads(row["traffic_shares"] or "{}") == pytest.approx(dict(credits))
        assert (row["credit_moved"] or 0) == pytest.approx(0)


# ---- What is found -----------------------------------------------------------------------------


def test_a_trial_tells_what_its_setting_would_have_made_of_the_log(
    shop_trials: pl.DataFrame,
) -> None:
    expected = """
        sessions.silence       | 15m         | 3 | 6 | 3 | 2 | 0 | 1.0 | email
        sessions.silence       | 30m         | 3 | 5 | 3 | 2 | 0 | 1.0 | email
        sessions.silence       | 1h          | 3 | 4 | 3 | 2 | 0 | 1.0 | email
        journeys.silence       | 45d         | 3 | 5 | 4 | 2 | 1 | 0.5 | email
        journeys.silence       | 90d         | 3 | 5 | 3 | 2 | 0 | 1.0 | email
        journeys.silence       | 180d        | 3 | 5 | 3 | 2 | 0 | 1.0 | email
        journeys.after_silence | 90d         | 3 | 5 | 3 | 2 | 0 | 1.0 | email
        journeys.after_silence | 180d        | 3 | 5 | 3 | 2 | 0 | 1.0 | email
        journeys.after_silence | 360d        | 3 | 5 | 3 | 3 | 0 | 1.0 | email
        identity.mode          | two_way     | 3 | 5 | 3 | 2 | 0 | 1.0 | email
        identity.mode          | device_only | 4 | 5 | 4 | 2 | 1 | 0.5 | unattributed
        identity.mode          | last_person | 3 | 5 | 3 | 2 | 0 | 1.0 | email
    """
    columns = ("parameter", "value", *COUNTS[:5], "conversion_rate", "top_traffic")
    found = shop_trials.head(12).select(columns).rows()
    drawn = [line.split("|") for line in expected.strip().splitlines()]
    assert [[str(cell) for cell in row] for row in found] == [
        [cell.strip() for cell in line] for line in drawn
    ]
    assert set(shop_trials["conversions"]) == {1}
    assert set(shop_trials["revenue"]) == {50}
    apart = shop_trials.filter(value="device_only").row(0, named=True)
    assert apart["credit_moved"] == 1
    assert apart["journeys_change"] == pytest.approx(1 / 3)
    assert apart["conversion_rate_change"] == -0.5


def test_people_read_each_figure_with_its_change(shop_trials: pl.DataFrame) -> None:
    rows = as_text(shop_trials).rows(named=True)
    told = [
        (row["value"], row["sessions"], row["journeys"], row["conversion_rate"]) for row in rows
    ]
    assert told[:5] == [
        ("15m", "6 (+20.0%)", "3", "100.0%"),
        ("30m (base)", "5", "3", "100.0%"),
        ("1h", "4 (-20.0%)", "3", "100.0%"),
        ("45d", "5", "4 (+33.3%)", "50.0% (-50.0)"),
        ("90d (base)", "5", "3", "100.0%"),
    ]


@pytest.mark.long
def test_the_configured_trial_counts_what_is_published(
    sample_project: Project, sample_trials: pl.DataFrame
) -> None:
    assert_configured_is_published(sample_trials, sample_project)


@pytest.mark.long
def test_the_configured_trial_keeps_the_publications_cut_off(shop: Project) -> None:
    # Nobody had bought by then, so that there is no credit that could move.
    shop.run(as_of=datetime(2026, 1, 1, 9, 30, tzinfo=UTC))
    trials = tried(shop)
    assert set(of(trials, "sessions.silence")["customers"]) == {1}
    assert trials["traffic_shares"].null_count() == trials.height
    assert "attribution.model" not in trials["parameter"]
    assert as_text(trials)["top_traffic"].null_count() == trials.height
    assert_configured_is_published(trials, shop)


@pytest.mark.long
@pytest.mark.parametrize(
    ("parameter", "figure", "values"),
    [
        ("sessions.silence", "sessions", ["15m", "30m", "1h"]),
        ("journeys.silence", "journeys", ["45d", "90d", "180d"]),
        ("journeys.silence", "dropped", ["45d", "90d", "180d"]),
        ("identity.mode", "customers", ["device_only", "two_way", "last_person"]),
    ],
)
def test_the_shorter_the_silence_the_more_there_are(
    sample_trials: pl.DataFrame, parameter: str, figure: str, values: list[str]
) -> None:
    found = dict(of(sample_trials, parameter).select("value", figure).iter_rows())
    counted = [found[value] for value in values]
    assert counted == sorted(counted, reverse=True)
    assert counted[0] > counted[-1]


@pytest.mark.long
def test_a_window_leaves_the_more_unattributed_the_shorter_it_is(
    sample_trials: pl.DataFrame,
) -> None:
    told = of(sample_trials, "attribution.lookback").select("value", "traffic_shares").iter_rows()
    lost = {value: json.loads(shares)["unattributed"] for value, shares in told}
    assert list(lost) == ["7d", "30d", "90d", "none"]
    assert list(lost.values()) == sorted(lost.values(), reverse=True)
    assert lost["7d"] > lost["none"]


@pytest.mark.long
def test_every_model_that_divides_is_told_of(sample_trials: pl.DataFrame) -> None:
    models = of(sample_trials, "attribution.model")
    assert set(models["value"]) == {*RULES, "markov_1", "markov_2", "markov_3", "shapley"}
    assert models.filter("is_configured")["value"].to_list() == ["last_non_direct"]
    for told in sample_trials["traffic_shares"]:
        assert sum(json.loads(told).values()) == pytest.approx(1)


# ---- What is left as it was --------------------------------------------------------------------


@pytest.mark.long
def test_a_night_may_run_and_publish_meanwhile(shop: Project) -> None:
    before = shop.rows(PUBLISHED)
    nights: list[Outcome] = []

    def say(step: str) -> None:
        if not nights:
            shop.write_log("landing/web/more.csv", LOG.replace("2026-07-19", "2026-07-20"))
            with core_only():
                nights.append(shop.run())

    trials = try_settings(load_settings(shop.config), say=say)
    configured = trials.filter("is_configured").select(COUNTS).unique()
    assert configured.rows() == before
    assert shop.rows(PUBLISHED) != before


@pytest.mark.long
def test_nothing_changes_the_lock_of_the_night_is_not_asked_for_and_what_a_killed_one_left_goes(
    shop: Project, shop_trials: pl.DataFrame
) -> None:
    with one_run_at_a_time(shop.published.parent):
        shop.write("warehouse/.tonight/shadow.duckdb", "a night at work")
        before = files_of(shop)
        for name in ("journeys.duckdb", ".tonight/scratch.duckdb", ".tonight/spill/block"):
            shop.write(f"warehouse/.sensitivity/{name}", "half done")
        assert_frame_equal(tried(shop), shop_trials)
        assert files_of(shop) == before
    assert not (shop.published.parent / ".sensitivity").exists()


def test_two_do_not_try_at_the_same_time(shop: Project) -> None:
    room = shop.published.parent / ".sensitivity"
    with one_run_at_a_time(room):
        with pytest.raises(LockedError, match=re.escape(str(room))):
            tried(shop)
        assert (room / ".lock").exists()


# ---- What is refused ---------------------------------------------------------------------------


def test_without_a_publication_there_is_nothing_to_try(project: Project) -> None:
    with pytest.raises(QueryError, match=r"no published warehouse .* Make one with"):
        tried(project)
    assert not project.published.parent.exists()


def test_other_settings_than_the_publications_are_refused(shop: Project) -> None:
    shop.configure(shop.config.read_text(), "[sessions]", 'silence = "20m"')
    with pytest.raises(ConfigError, match=r"\[sessions\] changed; .* Run 'recorrido run' first"):
        tried(shop)


def test_another_customer_file_than_the_publications_is_refused(shop: Project) -> None:
    shop.write("customers.csv", "user_id\nana\nbob\n")
    with pytest.raises(ConfigError, match=r"the file customers\.csv changed"):
        tried(shop)


def test_another_versions_publication_is_refused(shop: Project) -> None:
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("update ops.built_by set value = '0.0.1' where fact = 'version'")
    with pytest.raises(ConfigError, match=r"was built, version changed"):
        tried(shop)


# ---- What is tried -----------------------------------------------------------------------------


def values_of(project: Project, *tables: str) -> dict[str, list[str]]:
    project.configure(SHOP, WEB, *tables)
    values: dict[str, list[str]] = {}
    for trial in list_trials(load_settings(project.config)):
        marked = f"{trial.value}*" if trial.is_configured else trial.value
        values.setdefault(trial.parameter, []).append(marked)
    return values


def test_a_silence_is_halved_and_doubled(project: Project) -> None:
    values = values_of(project, "[sessions]", 'silence = "25m"', "[journeys]", 'silence = "7d"')
    assert values["sessions.silence"] == ["750s", "25m*", "50m"]
    assert values["journeys.silence"] == ["84h", "7d*", "14d"]


def test_what_the_config_would_refuse_is_not_tried(project: Project) -> None:
    values = values_of(project, "[sessions]", 'silence = "20h"', "[journeys]", 'silence = "30h"')
    assert values["sessions.silence"] == ["10h", "20h*"]
    assert values["journeys.silence"] == ["30h*", "60h"]


def test_the_configured_lookback_and_mode_have_their_place_among_the_others(
    project: Project,
) -> None:
    mode = ("[identity]", 'mode = "last_person"')
    values = values_of(project, "[attribution]", 'lookback = "14d"', *mode)
    assert values["attribution.lookback"] == ["7d", "14d*", "30d", "90d", "none"]
    assert values["identity.mode"] == ["two_way", "device_only", "last_person*"]


def test_changes_are_shares_of_counts_and_differences_of_rates() -> None:
    counted = pl.DataFrame(
        {
            "parameter": ["p", "p", "p"],
            "value": ["half", "same", "double"],
            "is_configured": [False, True, False],
            "sessions": [30, 20, 15],
            "open": [1, 0, 0],
            "conversion_rate": [0.5, 0.4, None],
        }
    )
    credits = pl.DataFrame(
        [
            ("p", "half", "email", 0.5),
            ("p", "half", "social", 0.5),
            ("p", "same", "email", 0.75),
            ("p", "same", 'a "quoted"', 0.25),
            ("p", "double", "email", 1.0),
        ],
        schema=["parameter", "value", "traffic", "share"],
        orient="row",
    )
    trials = compare_trials(counted, credits)
    assert trials["sessions_change"].to_list() == [0.5, 0, -0.25]
    assert trials["open_change"].to_list() == [None, None, None]
    assert trials["conversion_rate_change"].to_list() == [pytest.approx(0.1), 0, None]
    assert trials["top_traffic"].to_list() == ["email", "email", "email"]
    assert trials["credit_moved"].to_list() == [0.5, 0, 0.25]
    assert json.loads(trials["traffic_shares"][1]) == {"email": 0.75, 'a "quoted"': 0.25}


# ---- The command -------------------------------------------------------------------------------


@pytest.mark.long
def test_the_command_tells_and_draws(
    published_shop: Project, shop_trials: pl.DataFrame, tmp_path: Path
) -> None:
    page = tmp_path / "pages" / "sensitivity.html"
    asked = ("sensitivity", "--config", published_shop.config, "--format", "json")
    rows = json.loads(recorrido(*asked, "--picture", page, "--lang", "es").stdout)
    assert rows[0]["sessions_change"] == pytest.approx(0.2)
    assert [row["value"] for row in rows] == shop_trials["value"].to_list()
    assert '<html lang="es">' in page.read_text(encoding="utf-8")


# ---- The page ----------------------------------------------------------------------------------


def page_data(trials: pl.DataFrame, project: str = "Flores") -> SensitivityData:
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    return SensitivityData(project, "CLP", "America/Santiago", moment, moment, trials)


def test_every_text_is_there_in_both_languages_with_the_same_figures() -> None:
    for spanish, english in WORDS.values():
        fields = [
            {name for _, name, _, _ in Formatter().parse(text)} for text in (spanish, english)
        ]
        assert spanish
        assert english
        assert fields[0] == fields[1]


def test_every_trial_has_its_words(settings: Settings) -> None:
    parameters = {trial.parameter for trial in list_trials(settings)}
    for parameter in parameters:
        for kind in ("parameter", "the", "says", "credit"):
            assert f"{kind}.{parameter}" in WORDS
    assert value_word("es", "45d") == "45\u00a0días"
    assert value_word("en", "device_only") == "each apart"
    assert value_word("en", "markov_9") == "markov_9"


@pytest.fixture
def settings(project: Project) -> Settings:
    return load_settings(project.config)


@pytest.mark.long
@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("es", "lo que más pesa es el silencio que da por perdido un recorrido"),
        ("en", "what weighs most is the silence after which a journey is given up"),
    ],
)
def test_the_page_says_what_weighs_most(
    sample_trials: pl.DataFrame, language: Language, says: str
) -> None:
    page = render_sensitivity(page_data(sample_trials), language=language)
    assert says in page
    base = sample_trials.filter("is_configured").row(0, named=True)
    sessions = f"{base['sessions']:,}"
    assert sessions.replace(",", "." if language == "es" else ",") in page


@pytest.mark.long
def test_the_page_allows_its_own_style_and_nothing_else(sample_trials: pl.DataFrame) -> None:
    page = render_sensitivity(page_data(sample_trials), language="es")
    style = page.split("<style>")[1].split("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page.replace("&#39;", "'")
    assert not re.findall(r"<script|<link|<img|https?://|\bstyle=", page.split("</style>")[1])


@pytest.mark.long
@pytest.mark.parametrize("language", ["es", "en"])
def test_an_empty_warehouse_has_a_page(sample_trials: pl.DataFrame, language: Language) -> None:
    figures = [*COUNTS, *RATES]
    nothing = sample_trials.with_columns(
        *(pl.lit(0).alias(name) for name in COUNTS),
        *(pl.lit(None, dtype=pl.Float64).alias(name) for name in RATES),
        *(pl.lit(None, dtype=pl.Float64).alias(f"{name}_change") for name in figures),
        credit_moved=pl.lit(None, dtype=pl.Float64),
        traffic_shares=pl.lit(None, dtype=pl.String),
    )
    page = render_sensitivity(page_data(nothing), language=language)
    assert ("no hay recorridos" if language == "es" else "no journeys to show") in page


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_fits_the_screen_and_runs_no_strange_text(
    browser: Browser, tmp_path: Path, sample_trials: pl.DataFrame, size: tuple[int, int]
) -> None:
    hostile = json.dumps(dict.fromkeys(HOSTILE, 1 / len(HOSTILE)))
    trials = sample_trials.with_columns(
        traffic_shares=pl.when(pl.col("value") == "first")
        .then(pl.lit(hostile))
        .otherwise("traffic_shares")
    )
    file = tmp_path / "page.html"
    page = render_sensitivity(page_data(trials, " ".join(HOSTILE)), language="es")
    file.write_text(page, encoding="utf-8")
    opened = Opened(browser, file, size)
    assert opened.ask("window.hacked") is None
    assert opened.requests == [opened.file]
    assert opened.complaints == []
    assert opened.ask("document.documentElement.scrollWidth") == size[0]
    dots = opened.boxes(".moves tbody td:not(.same) circle")
    frame = opened.boxes(".moves")[0]
    shown = [dot for dot in dots if dot["width"]]
    assert len(shown) >= 40
    assert all(frame["left"] <= dot["left"] and dot["right"] <= frame["right"] for dot in shown)
    assert opened.ask("document.querySelector('.kicker strong').textContent") == " ".join(HOSTILE)
