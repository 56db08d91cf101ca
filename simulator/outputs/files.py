"""Files written whole: under a temporary name in the same folder, then renamed."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas import write_whole

__all__ = ["filled_whole", "write_whole"]


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
