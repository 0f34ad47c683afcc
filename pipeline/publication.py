"""How a finished shadow becomes what readers open: in one step, or not at all."""

import os
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.faults import fault_point
from pipeline.warehouse import expect_readable


def publish(shadow: Path, published: Path) -> None:
    """Put a closed shadow in place of the publication, in one step that readers see."""
    if Path(f"{shadow}.wal").exists():
        raise PipelineError("the shadow left a write-ahead log behind; nothing was published")
    expect_readable(shadow)
    shadow.chmod(0o640)
    fault_point("publication: sync the shadow")
    _sync(shadow)
    fault_point("publication: replace the publication")
    os.replace(shadow, published)
    fault_point("publication: sync the folder")
    _sync(published.parent)


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
