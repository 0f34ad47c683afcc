"""The suppression list: whom an erasure keeps out, as marks that only the project's key can make.

It lies beside the key, not in the warehouse: a warehouse that is lost, restored or rebuilt from the
landing files has to obey it still.
"""

import os
from pathlib import Path

import polars as pl

from pipeline.errors import ConfigError
from pipeline.faults import fault_point
from pipeline.permissions import whose
from pipeline.warehouse import Warehouse
from pipeline.whole import sync_folder

# What a line of the list is about. `erasure` stands for the erasure itself, with the key's id.
ERASURE, IDENTIFIER, TOUCH, OBJECT = "erasure", "identifier", "touch", "object"
_KINDS = {ERASURE, IDENTIFIER, TOUCH, OBJECT}
_COLUMNS = {"erasure_id": pl.String, "kind": pl.String, "mark": pl.String}


def read_list(file: Path) -> pl.DataFrame:
    """Read the list: erasure_id, kind, mark; empty where nobody was erased yet."""
    try:
        told = file.read_bytes()
        listed = pl.read_csv(told, schema=_COLUMNS)
    except FileNotFoundError:
        return pl.DataFrame(schema=_COLUMNS)
    except PermissionError:
        raise ConfigError(
            f"expected to read {file}, the list of whom an erasure keeps out, before anything is "
            f"written to a file; {whose(file)}. Let the owner write files out: who may read the "
            "publication alone can ask it without --out (query, funnel, graph, status)."
        ) from None
    except pl.exceptions.PolarsError:
        listed = None
    if listed is None or not told.endswith(b"\n") or not _is_whole(listed):
        raise ConfigError(
            f"{file} is to be the suppression list, lines of {','.join(_COLUMNS)}; found something "
            "else, or a part of it. Bring it back from the backup of the key; without it who was "
            "erased comes back. Nothing was changed."
        )
    return listed


def _is_whole(listed: pl.DataFrame) -> bool:
    """Tell whether no line lacks anything, and each erasure its own line, the last of its lines."""
    if listed.null_count().sum_horizontal().item():
        return False
    erasures = set(listed.filter(pl.col("kind") == ERASURE)["erasure_id"])
    return set(listed["kind"]) <= _KINDS and set(listed["erasure_id"]) <= erasures


def add_to_list(file: Path, marks: pl.DataFrame) -> None:
    """Add an erasure's lines to the list, all or none, and make sure that they last."""
    whole = pl.concat([read_list(file), marks.select(*_COLUMNS)])
    partial = file.with_name(file.name + ".part")
    fault_point("suppression: write the list beside the old one")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        whole.write_csv(out)
        out.flush()
        os.fsync(out.fileno())
    fault_point("suppression: put the list in place")
    os.replace(partial, file)
    fault_point("suppression: sync the list's folder")
    sync_folder(file.parent)


def learn_list(warehouse: Warehouse, listed: pl.DataFrame) -> None:
    """Make the temporary table `suppression` of the list, and the macro `mark_of`.

    In: the macros of `load_key`. A mark is an HMAC for this purpose alone of a pseudonym or touch
    id: without the key the list cannot be compared with a copy of the warehouse.
    """
    with warehouse.view_of(listed, "listed_marks"):
        warehouse.run("create or replace temp table suppression as from listed_marks")
    warehouse.run(
        "create or replace temp macro mark_of(told) as "
        "shortened(hmac_sha256(concat_ws(chr(31), 'erased', told)))"
    )
