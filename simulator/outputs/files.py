"""Files written whole: under a temporary name in the same folder, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it; raises OSError as writing does."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def filled_whole(folder: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; when all went well its files take their places in ``folder``.

    What was in ``folder`` under the same names is replaced, everything else is left alone. When an exception leaves
    the block, ``folder`` is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".part-{secrets.token_hex(4)}"
    temporary.mkdir()
    try:
        yield temporary
        for made in sorted(temporary.iterdir()):
            if made.is_file():
                made.replace(folder / made.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
