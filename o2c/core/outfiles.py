"""Files that a command writes: whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole(path: Path, mode: str = "wb", **how) -> Iterator[IO]:
    """A file that takes its name only when everything is written; what was there before stays until then.

    Raises OSError as opening does, and at once.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open(mode, **how) as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
