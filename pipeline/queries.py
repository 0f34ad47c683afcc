"""The only reader of SQL files: the user's own first, then the shipped ones."""

from pathlib import Path

from pipeline.errors import ConfigError

_HERE = Path(__file__).parent


def shipped_dir() -> Path:
    """Give the folder of the shipped queries: inside the installed package, or the checkout's."""
    installed = _HERE / "queries"
    return installed if installed.is_dir() else _HERE.parent / "queries"


def find_clean_query(name: str, project_dir: Path) -> Path:
    """Find the adapter of a format, or say which formats there are."""
    folders = [project_dir / "queries" / "clean", shipped_dir() / "clean"]
    for folder in folders:
        if (file := folder / f"{name}.sql").is_file():
            return file
    known = sorted({file.stem for folder in folders for file in folder.glob("*.sql")})
    raise ConfigError(
        f"there is no format '{name}'. The formats are: {', '.join(known)}. "
        f"Your own is a query {folders[0] / (name + '.sql')}."
    )


def shipped(folder: str) -> list[Path]:
    """List the shipped queries of a folder, in the order of their names."""
    return sorted((shipped_dir() / folder).glob("*.sql"))


def read_sql(file: Path) -> str:
    """Read a query, without a closing semicolon."""
    return file.read_text(encoding="utf-8").strip().rstrip(";")
