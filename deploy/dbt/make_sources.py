"""Writes models/sources.yml: every published table and column, with what the warehouse says of it.

python deploy/dbt/make_sources.py      # again whenever Recorrido is upgraded; - writes to stdout
"""

import json
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
COMMENTS = HERE.parents[1] / "queries" / "comments.toml"
SOURCES = HERE / "models" / "sources.yml"
HEAD = """\
# Made by make_sources.py, of what the warehouse says of itself.
version: 2
sources:
"""
# A night ends with a row in ops.runs: two hours late is worth a look, a night missed is an error.
FRESHNESS = """\
        config:
          loaded_at_field: finished_at
          freshness:
            warn_after: {count: 26, period: hour}
            error_after: {count: 50, period: hour}
"""


def sources_of(comments: dict[str, dict[str, dict[str, str]]]) -> str:
    """Give the file's text; schemas and tables stand in the order of the comments."""
    lines = [HEAD]
    for schema, tables in comments.items():
        if schema == "macros":
            continue
        lines.append(
            f"  - name: {schema}\n    database: recorrido\n    schema: {schema}\n    tables:\n"
        )
        for table, told in tables.items():
            lines.append(f"      - name: {table}\n        description: {quoted(told['table'])}\n")
            if (schema, table) == ("ops", "runs"):
                lines.append(FRESHNESS)
            lines.append("        columns:\n")
            for column, meaning in told.items():
                if column != "table":
                    lines.append(
                        f"          - name: {column}\n            description: {quoted(meaning)}\n"
                    )
    return "".join(lines)


def quoted(text: str) -> str:
    """Quote a text for YAML, of which JSON is a part; braces would be taken for Jinja."""
    return json.dumps(text.replace("{{", "{ {").replace("{%", "{ %"), ensure_ascii=False)


if __name__ == "__main__":
    text = sources_of(tomllib.loads(COMMENTS.read_text(encoding="utf-8")))
    if sys.argv[1:] == ["-"]:
        sys.stdout.write(text)
    else:
        SOURCES.write_text(text, encoding="utf-8")
