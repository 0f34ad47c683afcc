"""How commands speak: results to stdout; the rest to stderr, for people or for machines."""

import io
import json

import pytest

from pipeline.cli.voice import Voice
from pipeline.journal import Journal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def heard(voice: Voice, monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO) -> str:
    """Let a journal tell of a step and of something odd; give what stood on stderr."""
    monkeypatch.setattr("sys.stderr", stderr)
    journal = Journal(voice.progress, voice.log)
    with journal.step("load", "loading 2 new file(s)"):
        pass
    journal.warn("anomaly", "records of web 0", source="web")
    return stderr.getvalue()


def test_progress_is_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    told = heard(Voice(), monkeypatch, Terminal())
    assert told == "  loading 2 new file(s) …\nrecorrido: records of web 0\n"
    assert heard(Voice(), monkeypatch, io.StringIO()) == "recorrido: records of web 0\n"


def test_quiet_is_only_what_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    told = heard(Voice(quiet=True), monkeypatch, Terminal())
    assert told == "recorrido: records of web 0\n"
    (line,) = heard(Voice("json", quiet=True), monkeypatch, Terminal()).splitlines()
    assert json.loads(line)["level"] == "warning"


def test_json_is_one_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    voice = Voice("json", about={"run_id": "a"})
    begun, ended, odd = map(json.loads, heard(voice, monkeypatch, Terminal()).splitlines())
    assert (begun["event"], begun["step"], begun["run_id"]) == ("step_started", "load", "a")
    assert ended["event"] == "step_ended"
    assert "rows" not in ended
    assert (odd["event"], odd["source"]) == ("anomaly", "web")


def test_a_name_with_a_line_break_stays_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", stderr := io.StringIO())
    Voice("json").wrong("a file\nof two lines\x1b[31m")
    (line,) = stderr.getvalue().splitlines()
    assert json.loads(line)["message"] == "a file\nof two lines\x1b[31m"
