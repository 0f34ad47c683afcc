"""Lineage: valid events to a file or an address, and never a night that fails for them."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pipeline.errors import ConfigError, SourceError
from pipeline.journal import Journal
from pipeline.lineage import sending, told_lineage
from pipeline.sections import Lineage, Source
from pipeline.settings import Settings, load_settings
from tests.projects import SHOP, WEB, Project

WEB_LOGS = Source(name="web", channel="web", format="ga4", files="landing/*")
# What https://openlineage.io/spec/2-0-2/OpenLineage.json and its facets require.
EVENT = {"eventTime", "producer", "schemaURL", "run", "job"}
FACET = {"_producer", "_schemaURL"}


def settings(directory: Path, **lineage) -> Settings:
    return Settings(sources=(WEB_LOGS,), dir=directory, lineage=Lineage(**lineage))


def tell(told: Settings, error: BaseException | None = None, **facts) -> list[str]:
    """Tell of a run; give what it was warned of."""
    warned: list[str] = []
    journal = Journal(log=lambda level, event, **said: warned.append(said["message"]))
    with told_lineage(told, journal):
        journal.note(**facts)
        if error:
            raise error
    return warned


def events_of(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def expect_valid(event: dict) -> None:
    assert event.keys() >= EVENT
    assert event["eventType"] in {"START", "COMPLETE", "FAIL", "ABORT"}
    assert len(event["run"]["runId"]) == 36
    assert {"namespace", "name"} <= event["job"].keys()
    facets = [*event["run"]["facets"].values(), *event["job"]["facets"].values()]
    for dataset in [*event["inputs"], *event["outputs"]]:
        assert {"namespace", "name"} <= dataset.keys()
        for kind in ("facets", "inputFacets", "outputFacets"):
            facets.extend(dataset.get(kind, {}).values())
    assert all(facet.keys() >= FACET for facet in facets)
    assert all(facet["_schemaURL"].startswith("https://openlineage.io/spec/") for facet in facets)


def test_nobody_is_told_by_default(tmp_path: Path) -> None:
    assert tell(Settings(sources=(WEB_LOGS,), dir=tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_a_night_tells_of_its_files_and_of_every_table_with_its_columns(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.configure(SHOP, WEB, '[lineage]\nfile = "logs/lineage.ndjson"')
    project.write("landing/web/a.csv", "at,event,who\n2026-03-01T10:00:00Z,purchase,ana\n")
    project.run(with_page=True)
    start, complete = events_of(tmp_path / "logs" / "lineage.ndjson")
    for event in (start, complete):
        expect_valid(event)
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"]
    (web,) = complete["inputs"]
    assert web["name"] == str(tmp_path / "landing" / "web" / "*")
    assert web["inputFacets"]["inputStatistics"]["rowCount"] == 1
    tables = {table["name"]: table for table in complete["outputs"]}
    touches = tables["journeys.core.touchpoints"]
    assert touches["outputFacets"]["outputStatistics"]["rowCount"] == 1
    fields = {field["name"]: field for field in touches["facets"]["schema"]["fields"]}
    assert fields["occurred_at"]["type"] == "TIMESTAMP WITH TIME ZONE"
    assert fields["occurred_at"]["description"]
    assert "ana" not in json.dumps(complete).split('"')


@pytest.mark.parametrize(
    ("error", "kind"), [(SourceError("none could be read"), "FAIL"), (KeyboardInterrupt(), "ABORT")]
)
def test_a_failed_run_says_why(tmp_path: Path, error: BaseException, kind: str) -> None:
    with pytest.raises(type(error)):
        tell(settings(tmp_path, file="lineage.ndjson"), error)
    _, end = events_of(tmp_path / "lineage.ndjson")
    expect_valid(end)
    assert end["eventType"] == kind
    message = end["run"]["facets"]["errorMessage"]
    assert message["programmingLanguage"] == "PYTHON"
    assert message["message"]


class Catalogue(BaseHTTPRequestHandler):
    """Hears events, and answers as its server says, after the pause that it says."""

    server: "Server"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        event = json.loads(self.rfile.read(length))
        self.server.heard.append((self.path, self.headers["Authorization"], event))
        time.sleep(self.server.pause)
        self.send_response(self.server.answer)
        if self.server.leads_to:
            self.send_header("Location", self.server.leads_to)
        self.end_headers()

    def do_GET(self) -> None:
        self.server.heard.append((self.path, self.headers["Authorization"], {}))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(HTTPServer):
    def __init__(self, answer: int, pause: float) -> None:
        super().__init__(("127.0.0.1", 0), Catalogue)
        self.answer, self.pause = answer, pause
        self.leads_to = ""
        self.heard: list[tuple[str, str | None, dict]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/v1/lineage"

    def handle_error(self, *_: object) -> None:
        """Say nothing of who has hung up."""


@contextmanager
def catalogue(answer: int = 201, pause: float = 0.0) -> Iterator[Server]:
    with Server(answer, pause) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        serving.start()
        try:
            yield server
        finally:
            server.shutdown()
            serving.join(10)


def test_events_go_to_an_address_with_a_token(tmp_path: Path) -> None:
    with catalogue() as server:
        assert tell(settings(tmp_path, url=server.address, token="hush", namespace="shop")) == []
    assert [path for path, *_ in server.heard] == ["/api/v1/lineage"] * 2
    assert {token for _, token, _ in server.heard} == {"Bearer hush"}
    for *_, event in server.heard:
        expect_valid(event)
        assert event["job"]["namespace"] == "shop"


def test_a_server_that_refuses_is_warned_of_and_the_token_is_not_told(tmp_path: Path) -> None:
    with catalogue(answer=500) as server:
        warned = tell(settings(tmp_path, url=server.address, token="hush"))
    assert "the server answered 500" in warned[0]
    assert "hush" not in str([warned, settings(tmp_path, url="http://a", token="hush")])


def test_no_other_server_is_told_though_the_first_sends_on_to_it(tmp_path: Path) -> None:
    with catalogue() as other, catalogue(answer=302) as server:
        server.leads_to = other.address
        warned = tell(settings(tmp_path, url=server.address, token="hush"))
    assert "the server answered 302" in warned[0]
    assert other.heard == []


def test_a_server_that_is_not_there_is_warned_of(tmp_path: Path) -> None:
    with catalogue() as server:
        address = server.address
    warned = tell(settings(tmp_path, url=address))
    assert len(warned) == 2
    assert "lineage was not delivered" in warned[0]


@pytest.mark.long
@pytest.mark.parametrize(("patience", "longest"), [(0.1, 5.0), (5.0, 0.1)])
def test_a_server_that_is_slow_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float, longest: float
) -> None:
    monkeypatch.setattr(sending, "PATIENCE", patience)
    monkeypatch.setattr(sending, "LONGEST", longest)
    with catalogue(pause=0.7) as server:
        began = time.monotonic()
        warned = tell(settings(tmp_path, url=server.address))
        assert time.monotonic() - began < 0.7 * 2
    assert len(warned) == 2


def test_a_file_that_cannot_be_written_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("")
    assert len(tell(settings(tmp_path, file="logs/lineage.ndjson"))) == 2


@pytest.mark.parametrize(
    "lineage",
    [
        'url = "ftp://host/x"',
        'url = "http://user:secret@host/x"',
        'url = "http://host:99999/x"',
        'url = "http://[::1/x"',
        'url = "http://host/ä b"',
        'file = "a"\nurl = "http://a"',
        'namespace = "a"',
    ],
)
def test_a_config_that_says_no_one_way_is_refused(tmp_path: Path, lineage: str) -> None:
    project = Project(tmp_path)
    project.configure(SHOP, WEB, "[lineage]\n" + lineage)
    with pytest.raises(ConfigError, match="lineage"):
        load_settings(project.config)


@pytest.mark.long
@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("secrets/pseudonym.key", "is the project's key"),
        ("warehouse/journeys.duckdb", "is the publication"),
        ("landing/web/lineage.ndjson", "is a landing file of source web"),
    ],
)
def test_a_file_that_the_project_needs_is_never_added_to(
    project: Project, file: str, told: str
) -> None:
    project.write("landing/web/a.csv", "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n")
    project.run()
    project.configure(SHOP, WEB, f'[lineage]\nfile = "{file}"')
    needed = project.dir / file
    before = needed.read_bytes() if needed.exists() else None
    with pytest.raises(ConfigError, match=told):
        project.run()
    assert (needed.read_bytes() if needed.exists() else None) == before
