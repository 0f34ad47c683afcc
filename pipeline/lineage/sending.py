"""Where lineage goes: a file, or an address. Nothing else in Recorrido speaks to the network."""

import json
from http.client import HTTPException
from threading import Thread
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pipeline.faults import fault_point
from pipeline.lineage.events import Event
from pipeline.sections import Lineage
from pipeline.settings import Settings

PATIENCE = 5.0  # seconds for each answer of the network
LONGEST = 8.0  # seconds in all, however slowly somebody answers


class _NoWayOn(HTTPRedirectHandler):
    """Go where no answer leads: another server is not to have the token, nor the event as a GET."""

    def redirect_request(self, *_: object) -> None:
        """Follow no redirection, so that it counts as an error."""


def send(settings: Settings, event: Event) -> str | None:
    """Deliver an event; give what went wrong, if anything did."""
    lineage = settings.lineage
    line = json.dumps(event, default=str, ensure_ascii=False)
    if lineage is None:
        return None
    if lineage.file is not None:
        return _append(settings, line)
    told: list[str | None] = ["no answer in time"]
    # A name that is not found, or an answer in drops, outlasts every timeout of a socket.
    posting = Thread(target=lambda: told.append(_post(lineage, line)), daemon=True)
    posting.start()
    posting.join(LONGEST)
    return told[-1]


def _append(settings: Settings, line: str) -> str | None:
    if settings.lineage is None or settings.lineage.file is None:
        return None
    file = settings.dir / settings.lineage.file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and not file.is_file():  # a pipe that nobody reads would hold up the night
            return f"{file}: expected a file, found a device, a pipe or a folder"
        fault_point("lineage: add to its file")
        with file.open("a", encoding="utf-8") as lines:
            lines.write(line + "\n")
    except (OSError, ValueError) as error:
        return f"{file}: {getattr(error, 'strerror', None) or type(error).__name__}"
    return None


def _post(lineage: Lineage, line: str) -> str | None:
    headers = {"Content-Type": "application/json"}
    if lineage.token:
        headers["Authorization"] = f"Bearer {lineage.token.get_secret_value()}"
    try:
        # The scheme is http or https: the config allows no other.
        request = Request(str(lineage.url), line.encode(), headers, method="POST")
        with build_opener(_NoWayOn).open(request, timeout=PATIENCE):
            return None
    except HTTPError as error:
        with error:
            return f"the server answered {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        return getattr(reason, "strerror", None) or type(reason).__name__
