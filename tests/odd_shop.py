"""A project as it is begun by typing, with texts that programs take for more than texts."""

from pathlib import Path

from tests.command import recorrido, typed
from tests.projects import Project


def begin_odd_shop(directory: Path) -> Project:
    """Begin in an empty folder: init, then run."""
    told = recorrido("init", cwd=directory).stdout
    assert "wrote   recorrido.toml" in told
    assert "next: put your files into landing/, then recorrido run" in told
    project = Project(directory)
    # What a spreadsheet or a terminal would take for more than a text.
    project.write(
        "landing/events/odd.csv",
        "occurred_at,event,user_id\n"
        "2026-01-05T09:00:00Z,=cmd|'/c calc'!A1,eve\n"
        "2026-01-05T09:01:00Z,[red]@x[/red],eve\n"
        '2026-01-05T09:02:00Z,"two\nlines, ""quoted""",eve\n'
        "2026-01-05T09:03:00Z,\x1b[31mred,eve\n"
        "2026-01-05T09:04:00Z,</script><script>alert(1)</script>,eve\n",
    )
    done = typed("run", cwd=directory)
    assert "2 files, 9 records: 9 accepted, 0 duplicate, 0 rejected" in done.stdout
    assert "warehouse/journeys.duckdb" in done.stdout
    assert done.stderr == ""
    return project
