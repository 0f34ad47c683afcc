"""What Recorrido stands on: locked by hash, and free to use."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

from tests.command import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_PACKAGE = re.compile(r"^([a-z0-9.-]+)==(\S+)(.*)$", re.MULTILINE)
# Licences that let anybody use a package within anything, a closed shop as well.
PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|0BSD|CC0|Unlicense|HPND)\b",
    re.IGNORECASE,
)
# Shared alike by file, and used as it is: nothing of ours becomes subject to it.
BY_FILE = {"pathspec": "MPL"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_is_locked_by_hash_and_no_address_is_named(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    packages = _PACKAGE.findall(text)
    assert len(packages) > 10
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text
    assert "index" not in re.sub(r"#.*", "", text)


def licence_of(package: str) -> str:
    told = metadata(package)
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    return " ".join([told["License-Expression"] or "", *classified, (told["License"] or "")[:60]])


def test_what_a_night_needs_is_under_permissive_licences() -> None:
    strict = []
    for package, _, rest in _PACKAGE.findall((ROOT / "requirements" / "run.txt").read_text()):
        try:
            licence = licence_of(package)
        except PackageNotFoundError:
            assert "sys_platform" in rest or "python" in rest, f"{package} is not installed"
            continue
        if not PERMISSIVE.search(licence) and BY_FILE.get(package, "?") not in licence:
            strict.append((package, licence))
    assert strict == []
