"""What a query of somebody's own may be: one select, of functions that only read."""

import json
import re
from typing import Any

from pipeline.errors import QueryError
from pipeline.warehouse.handle import Warehouse

_EXPLAIN = re.compile(r"\s*explain(\s+analyze)?\s", re.IGNORECASE)
# Each does something besides giving rows, takes an address in memory, or hides a query in a text.
_ACTING = frozenset(
    {
        "arrow_scan",
        "arrow_scan_dumb",
        "checkpoint",
        "disable_logging",
        "disable_profiling",
        "enable_logging",
        "enable_profiling",
        "force_checkpoint",
        "json_execute_serialized_sql",
        "pandas_scan",
        "query",
        "seq_scan",
        "truncate_duckdb_logs",
        "write_log",
    }
)


def expect_one_select(warehouse: Warehouse, sql: str) -> None:
    """Refuse what is not one select, or an explanation of one; the parser judges, nothing runs."""
    warehouse.expect_one_statement(sql)
    query = _EXPLAIN.sub("", sql, count=1) if _EXPLAIN.match(sql) else sql
    tree = json.loads(warehouse.value("select json_serialize_sql(?::varchar)", [query]))
    if tree["error"]:
        # The one refusal of the parser that is not about what a query does.
        if "positional parameters" in tree["error_message"]:
            raise QueryError("name every parameter, $like_this; found one without a name")
        raise QueryError(
            "expected one select: a query of your own reads the published tables, and neither "
            "changes nor writes anything. (Of a pivot say its columns: `on … in (…)`.)",
            is_of_text=True,
        )
    if acting := sorted(_functions_of(tree) & _ACTING):
        raise QueryError(
            f"expected functions that only read tables; found {', '.join(acting)}",
            is_of_text=True,
        )


def _functions_of(tree: Any) -> set[str]:
    """Name the functions that a parsed query calls."""
    if isinstance(tree, list):
        return {name for branch in tree for name in _functions_of(branch)}
    if not isinstance(tree, dict):
        return set()
    own = {str(tree["function_name"]).lower()} if "function_name" in tree else set()
    return own.union(*(_functions_of(branch) for branch in tree.values()))
