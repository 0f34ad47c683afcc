"""recorrido.toml: a wrong key or value names itself, its line and the mend."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.init import init_project
from pipeline.own_files import expect_ones_own
from pipeline.queries import find_clean_query
from pipeline.settings import load_settings
from tests.command import recorrido

GOOD = """\
[project]
name = "Flores"
timezone = "America/Santiago"
currency = "CLP"
language = "es"
key_file = "secrets/pseudonym.key"

[warehouse]
dir = "warehouse"
memory = "4GB"

[[sources]]
name = "web"
channel = "web"
format = "ga4"
files = "landing/web/*.ndjson.gz"

[[sources]]
name = "clicks"
channel = "web"
format = "events"
files = "exports/clicks-*.csv"
[sources.columns]
occurred_at = "timestamp"
event = "event"
user_id = "user_id"

[sessions]
silence = "30m"

[journeys]
silence = "90d"
after_silence = "180d"

[[stages.rules]]
event = "quote_request"
stage = "evaluation"
goal = true

[orders]
amount_rank = ["web"]

[goals]
evaluation = { advance_rate = 0.35 }
"""

# What is written instead of what, and all that the message must say.
WRONG = [
    ('name = "Flores"', 'nam = "Flores"', ["line 2", "project.nam", "did you mean 'name'"]),
    ("[warehouse]", "[warehose]", ["line 8", "'warehose'", "did you mean 'warehouse'"]),
    (
        'timezone = "America/Santiago"',
        'timezone = "Chile/Santiago"',
        ["line 3", "project.timezone", "such as 'America/Santiago'", "'Chile/Santiago'"],
    ),
    ('timezone = "America/Santiago"', 'timezone = "../../etc/passwd"', ["line 3", "time zone"]),
    ('timezone = "America/Santiago"', 'timezone = "posix/Chile/Continental"', ["time zone"]),
    ('timezone = "America/Santiago"', 'timezone = "localtime"', ["time zone"]),
    ('currency = "CLP"', 'currency = "pesos"', ["line 4", "project.currency", "'pesos'"]),
    ('currency = "CLP"', 'currency = "pesos"', ["three capitals, such as 'EUR'"]),
    ('amount_rank = ["web"]', 'amount_rank = "web"', ["amount_rank: expected a list"]),
    ('name = "Flores"', "min_customers = -1", ["min_customers: expected 0 or more, found -1"]),
    ('name = "Flores"', f"min_customers = 1{'0' * 18}", ["expected 1000000000 at most"]),
    ('name = "Flores"', "name = 3", ["project.name: expected a text, in quotation marks, found 3"]),
    ('channel = "web"', 'channel = "the web"', ["expected a name of letters, digits"]),
    ("0.35", "35", ["advance_rate: expected 1 at most, found 35"]),
    ("0.35", '"much"', ["advance_rate: expected a number, without quotation marks"]),
    ("goal = true", 'goal = "of course"', ["goal: expected true or false"]),
    ('format = "events"', "format = 'events'\ndelimiter = ';;'", ["expected 1 letter(s) at most"]),
    ('language = "es"', 'language = "fr"', ["line 5", "project.language", "'es' or 'en'", "'fr'"]),
    ('memory = "4GB"', 'memory = "lots"', ["line 10", "'4GB'", "'lots'"]),
    ('memory = "4GB"', "memory = 4", ["line 10", "warehouse.memory", "'4GB'", "found 4"]),
    ('memory = "4GB"', 'memory = "0GB"', ["line 10", "warehouse.memory", "'0GB'"]),
    (
        "[warehouse]",
        "[warehouse]\nkeep_raw_days = true",
        ["line 9", "keep_raw_days", "a whole number", "found true"],
    ),
    ('silence = "30m"', 'silence = "half an hour"', ["line 29", "'30m'", "'half an hour'"]),
    ('silence = "30m"', "silence = 30", ["line 29", "sessions.silence", "'30m'", "found 30"]),
    ('silence = "30m"', 'silence = "-30m"', ["line 29", "'-30m'"]),
    ('silence = "90d"', 'silence = "9000000000d"', ["line 32", "journeys.silence"]),
    ('silence = "90d"', 'silence = "10m"', ["journeys.silence", "at least as long", "1 day"]),
    ('format = "ga4"', "", ["line 12", "sources.1.format", "missing"]),
    ('files = "landing/web/*.ndjson.gz"', "files = 3", ["line 16", "sources.1.files"]),
    ('files = "landing/web/*.ndjson.gz"', 'files = ""', ["sources.1.files: expected a path"]),
    ('files = "landing/web/*.ndjson.gz"', "files = '~/web/*'", ["line 16", "~ is not expanded"]),
    ("[warehouse]", "[lineage]\nfile = ''\n[warehouse]", ["line 9", "file: expected a path"]),
    ("[warehouse]", "[rates]\nfile = '~/r.csv'\n[warehouse]", ["line 9", "~ is not expanded"]),
    ('channel = "web"', 'channel = "the web"', ["line 14", "sources.1.channel", "'the web'"]),
    ('name = "clicks"', 'name = "web"', ["two sources", "'web'"]),
    ('name = "clicks"', 'name = "x\'; drop table"', ["line 19", "sources.2.name"]),
    ('occurred_at = "timestamp"', "", ["line 18", "occurred_at"]),
    ('event = "event"', "", ["line 18", "event", "event_is"]),
    ('user_id = "user_id"', "", ["line 18", "at least one identifier", "anonymous_id"]),
    ('user_id = "user_id"', 'usr_id = "user_id"\nuser_id = "user_id"', ["line 26", "usr_id"]),
    (
        'stage = "evaluation"',
        'stage = "evaluating"',
        ["line 37", "stages.rules.1.stage", "'evaluation'", "'evaluating'"],
    ),
    (
        'stage = "evaluation"',
        'stage = "need it"',
        ["has 1 thing", "1.stage: expected", "'ignored'"],
    ),
    ("goal = true", "source = 'shop'", ["line 38", "rules.1.source", "web, clicks", "'shop'"]),
    ("goal = true", "channel = 'paid/social'", ["line 38", "rules.1.channel", "'paid-social'"]),
    ("goal = true", "stage_after = 'need'", ["line 35", "experience or outcome", "'need'"]),
    ("goal = true", "props = { topic = [] }", ["line 38", "rules.1.props.topic", "a text"]),
    ("goal = true", "props = { topic = { of = 1 } }", ["line 38", "props.topic", "a list"]),
    ("goal = true", "gaol = true", ["line 38", "gaol", "did you mean 'goal'"]),
    ('channel = "web"', 'channel = "converted"', ["line 14", "sources.1.channel", "'converted'"]),
    (
        "[sessions]\n",
        '[sources.channels]\nkiosk = "open"\n[sessions]\n',
        ["line 29", "sources.2.channels.kiosk", "'open'", "another name"],
    ),
    (
        "[sessions]\n",
        '[[traffic.rules]]\nsource = "idealo"\ntraffic = "kept"\n[sessions]\n',
        ["line 30", "traffic.rules.1.traffic", "'kept'"],
    ),
    ("[sessions]\n", "[places]\nkept = 'store'\n[sessions]\n", ["line 29", "places.kept"]),
    ("[sessions]\n", "[places]\n'a/b' = 'store'\n[sessions]\n", ["line 29", "'a-b'"]),
    ('amount_rank = ["web"]', 'amount_rank = ["shop"]', ["amount_rank", "'shop'", "no source"]),
    ("0.35", "35", ["line 44", "advance_rate", "found 35"]),
    ("evaluation = {", "evalution = {", ["line 44", "evalution", "evaluation"]),
    ("[goals]", "[segments]\nfile = 'c.csv'\ncolum = 'x'\n[goals]", ["line 45", "colum", "column"]),
]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give a config file that is right."""
    file = tmp_path / "recorrido.toml"
    file.write_text(GOOD, encoding="utf-8")
    return file


@pytest.mark.parametrize(("right", "wrong", "told"), WRONG, ids=lambda part: str(part)[:40])
def test_a_wrong_key_or_value_names_itself_its_line_and_the_mend(
    config: Path, right: str, wrong: str, told: list[str]
) -> None:
    assert right in GOOD
    config.write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(config)
    assert [part for part in [str(config), *told] if part not in str(caught.value)] == []
    assert not re.search("Input should|String should|valid ", str(caught.value))


def test_all_that_is_wrong_is_told_at_once(config: Path) -> None:
    config.write_text(GOOD.replace('"CLP"', '"pesos"').replace('"30m"', '"30"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="2 thing") as caught:
        load_settings(config)
    assert "line 4" in str(caught.value)
    assert "line 29" in str(caught.value)


def test_what_is_right_is_read(config: Path) -> None:
    settings = load_settings(config)
    assert settings.warehouse.memory == 4_000_000_000
    assert settings.sessions.silence == timedelta(minutes=30)
    assert settings.journeys.silence == timedelta(days=90)
    assert settings.published_file == config.parent / "warehouse" / "journeys.duckdb"
    assert settings.rulebook().rules[0].event == "quote_request"


def test_what_decides_journeys_is_in_the_rulebook(config: Path) -> None:
    told = GOOD.replace('silence = "30m"', 'silence = "1m"\nstore_silence = "2m"')
    told = told.replace("[journeys]", 'contact_silence = "3m"\nuse_source = true\n[journeys]')
    told = told.replace("[journeys]", 'break_on = ["midnight"]\n[journeys]')
    config.write_text(told + '\n[places]\napp = "store"\n', encoding="utf-8")
    rulebook = load_settings(config).rulebook()
    minutes = {place: silence.seconds // 60 for place, silence in rulebook.silences.items()}
    assert minutes == {"online": 1, "store": 2, "contact": 3}
    assert (rulebook.journey_silence.days, rulebook.after_silence.days) == (90, 180)
    assert (rulebook.sources, rulebook.amount_rank) == (("web", "clicks"), ("web",))
    assert rulebook.break_on == {"midnight"}
    assert rulebook.use_source_sessions
    assert rulebook.time_zone == "America/Santiago"
    assert [rulebook.place_of(channel) for channel in ("app", "support", "web", "kiosk")] == [
        *("store", "contact", "online", "online"),
    ]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("2 h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
    ],
)
def test_a_length_of_time_has_its_unit(config: Path, text: str, length: timedelta) -> None:
    config.write_text(GOOD.replace('"30m"', f'"{text}"'), encoding="utf-8")
    assert load_settings(config).sessions.silence == length


def test_a_name_in_braces_is_read_from_the_environment(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_NAME", 'Flores "del" Sur')
    config.write_text(GOOD.replace('"Flores"', '"${SHOP_NAME} 2026"'), encoding="utf-8")
    assert load_settings(config).project.name == 'Flores "del" Sur 2026'


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('dir = "warehouse"', 'dir = ""', "line 9: warehouse.dir: expected a path, or no such key"),
        ('dir = "warehouse"', 'dir = "."', "line 9: warehouse.dir: expected a folder of the"),
        ('dir = "warehouse"', 'dir = "/"', "found /, which holds the config"),
        ('dir = "warehouse"', 'dir = "landing/.."', "which holds the config"),
        ('dir = "warehouse"', 'dir = "up"', "found /, which holds the config"),
        ('dir = "warehouse"', 'dir = "landing"', "which holds landing files of source web"),
        ('dir = "warehouse"', 'dir = "exports"', "which holds landing files of source clicks"),
        ('dir = "warehouse"', 'dir = "~/tables"', "for ~ is not expanded; ${HOME} is, found '~/"),
        ('"secrets/pseudonym.key"', '"~/my.key"', "line 6: project.key_file: expected a path wr"),
        ('"secrets/pseudonym.key"', '""', "line 6: project.key_file: expected a path, or no such"),
        ('"secrets/pseudonym.key"', '"."', "line 6: project.key_file: expected a file such as"),
        ('"secrets/pseudonym.key"', '"up"', "line 6: project.key_file: expected a file such as"),
    ],
)
def test_a_place_where_the_project_cannot_keep_its_own_is_told_before_anything_is_written(
    config: Path, right: str, wrong: str, told: str
) -> None:
    (config.parent / "up").symlink_to("/")
    before = sorted(config.parent.iterdir())
    config.write_text(GOOD.replace(right, wrong), encoding="utf-8")
    said = recorrido("run", "--config", config, answer=2).stderr
    assert told in said
    assert sorted(config.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("warehouse/journeys.duckdb", "line 9: warehouse.dir: expected a file of the project's"),
        ("warehouse/journeys.duckdb.wal", "name its place there by [warehouse] dir"),
        ("warehouse/vault.duckdb", "name its place there by [warehouse] dir"),
        ("secrets/pseudonym.erased", "name its place there by [project] key_file"),
    ],
)
@pytest.mark.parametrize("what", ["a link", "a folder"])
def test_what_the_project_replaces_is_no_link_and_no_folder(
    config: Path, name: str, told: str, what: str
) -> None:
    file = config.parent / name
    file.parent.mkdir()
    if what == "a link":
        file.symlink_to(config.parent / "elsewhere")
    else:
        file.mkdir()
    for command in ("run", "rollback", "check"):
        said = recorrido(command, "--config", config, answer=2).stderr
        assert f"found {file}, which is {what}" in said
        assert told in said
    assert file.is_symlink() or file.is_dir()


def test_a_warehouse_may_lie_elsewhere_and_beside_landing_files(
    config: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (config.parent / "linked").symlink_to(elsewhere)
    for place in (elsewhere, "linked", "landing/tables", "../tables"):
        config.write_text(GOOD.replace('dir = "warehouse"', f'dir = "{place}"'), encoding="utf-8")
        assert load_settings(config).warehouse_dir == config.parent / place


def test_a_name_that_the_environment_lacks_is_told(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_NAME", raising=False)
    config.write_text(GOOD.replace('"Flores"', '"${SHOP_NAME}"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"line 2: project\.name asks for \$\{SHOP_NAME\}"):
        load_settings(config)


def test_a_config_behind_a_link_leaves_the_project_where_the_link_is(
    config: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = config.rename(tmp_path_factory.mktemp("dotfiles") / config.name)
    config.symlink_to(kept)
    settings = load_settings(config)
    assert settings.key_file == config.parent / "secrets/pseudonym.key"
    with pytest.raises(ConfigError, match="which is a config"):
        expect_ones_own(config, settings)
    # A folder may be one all the same.
    (config.parent / "up").symlink_to(config.parent)
    assert load_settings(config.parent / "up" / config.name).dir == config.parent


def test_a_slip_in_the_syntax_is_told_with_its_line(config: Path) -> None:
    config.write_text(GOOD.replace('"CLP"', '"CLP'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"not valid TOML: .*line 4"):
        load_settings(config)


def test_a_file_that_is_no_text_is_told(config: Path) -> None:
    config.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read as UTF-8"):
        load_settings(config)


def test_a_missing_config_is_told_with_the_way_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="recorrido init"):
        load_settings(tmp_path / "recorrido.toml")


def test_what_a_new_config_suggests_of_a_source_is_right(tmp_path: Path) -> None:
    init_project(tmp_path)
    file = tmp_path / "recorrido.toml"
    text = file.read_text(encoding="utf-8")
    for key in ("delimiter", "time_format", "event_is"):
        assert f"\n# {key} = " in text
        text = text.replace(f"\n# {key} = ", f"\n{key} = ")
    file.write_text(text, encoding="utf-8")
    (source,) = load_settings(file).sources
    assert (source.delimiter, source.event_is) == (";", "purchase")


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


def test_a_format_that_does_not_exist_is_told_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"no format 'ga3'.*cm360, .*events, ga4, .*pos, .*sendgrid"
    ):
        find_clean_query("ga3", tmp_path)


@pytest.mark.parametrize(
    ("told", "other", "decides"),
    [
        ('memory = "4GB"', 'memory = "5GB"', False),
        ('dir = "warehouse"', 'dir = "tables"', False),
        ('silence = "30m"', 'silence = "31m"', True),
        ("goal = true", 'props = { topic = "returns" }', True),
        ("advance_rate = 0.35", "advance_rate = 0.5", True),
    ],
)
def test_what_decides_the_tables_is_in_the_fingerprint(
    config: Path, told: str, other: str, decides: bool
) -> None:
    before = load_settings(config).fingerprint()
    assert load_settings(config).fingerprint() == before
    config.write_text(GOOD.replace(told, other), encoding="utf-8")
    assert (load_settings(config).fingerprint() != before) is decides


def test_a_mark_that_windows_writes_first_is_no_part_of_it(config: Path) -> None:
    config.write_text("\ufeff" + config.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_settings(config).project.name == "Flores"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("[[sources]]", "[sources]", r"expected \[\[sources\]\], in two brackets"),
        ("[sessions]", "[[sessions]]", r"expected \[sessions\], in one bracket"),
    ],
)
def test_brackets_too_many_or_too_few_are_told(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    file = tmp_path / "recorrido.toml"
    web = '[[sources]]\nname = "web"\nchannel = "web"\nformat = "ga4"\nfiles = "a/*"\n'
    file.write_text(f"{web}[sessions]\n".replace(right, wrong), encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_settings(file)


def test_an_address_with_a_password_is_not_told(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(f'{text}\n[lineage]\nurl = "ftp://user:secret@host/x"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"lineage\.url") as it:
        load_settings(config)
    assert "secret@" not in str(it.value)
