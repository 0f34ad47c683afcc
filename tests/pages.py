"""The page in a real browser: what tests of its parts share."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from pipeline.report import Language, ReportData, render_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESK, PHONE = (1440, 900), (390, 844)

PAYLOADS = (
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "<a href='https://evil.example'>here</a>",
    "<a href='javascript:window.hacked=1'>here</a>",
    "<svg onload=window.hacked=1>",
    "<b>bold</b>",
    "<br>",
    "{{ 7 * 7 }}{% raw %}",
    "%{value}%{customdata}",
    "$\\unicode{x}$",
    "&lt;a href=x&gt;",
)
_WRAPPINGS = ("{}", "</title>{}", "</script>{}", "\"'>{}", "<!--{}")
HOSTILE = [wrapping.replace("{}", payload) for wrapping in _WRAPPINGS for payload in PAYLOADS]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Launch the system's browser; without one the test is skipped, unless it is required."""
    found = next((where for name in BROWSERS if (where := shutil.which(name))), None)
    if found is None:
        reason = f"no browser: none of {', '.join(BROWSERS)} is on the path"
        if os.environ.get("RECORRIDO_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


class Opened:
    """A page in the browser, and everything it asked for or complained of."""

    def __init__(self, browser: Browser, file: Path, size: tuple[int, int]) -> None:
        self.page: Page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        self.file = file.as_uri()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(self.file)

    def ask(self, script: str) -> Any:
        return self.page.evaluate(script)

    def drawn_links(self, picture: str = "#flow-picture") -> dict[str, float]:
        links = f"{picture} path.sankey-link"
        self.page.wait_for_selector(links)
        return dict(
            self.ask(
                f"[...document.querySelectorAll('{links}')].map("
                "path => [path.__data__.link.label, path.__data__.link.value])"
            )
        )

    def boxes(self, selector: str) -> list[dict[str, float]]:
        found: list[dict[str, float]] = self.ask(
            f"[...document.querySelectorAll('{selector}')].map("
            "each => each.getBoundingClientRect().toJSON())"
        )
        return found


# Gives the page of drawn frames, opened once for all tests that only look at it.
Look = Callable[[Callable[[], ReportData], Language, tuple[int, int]], Opened]


def open_page(
    browser: Browser,
    folder: Path,
    data: ReportData,
    *,
    language: Language = "es",
    size: tuple[int, int] = DESK,
) -> Opened:
    file = folder / "report.html"
    file.write_text(render_page(data, language=language), encoding="utf-8")
    return Opened(browser, file, size)


def overlaps(one: dict[str, float], other: dict[str, float]) -> bool:
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return across > 1 and down > 1
