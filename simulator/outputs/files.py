"""Files written whole: under a temporary name in the same folder, then renamed; and the digest of a folder."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from operator import itemgetter
from pathlib import Path

from schemas import write_whole

__all__ = ["filled_whole", "folder_digest", "write_whole"]


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


def folder_digest(folder: Traversable) -> str:
    """Return the SHA-256 over the names and contents of the JSON files below a folder, sorted."""
    digest = hashlib.sha256()
    for name, file in sorted(_json_files(folder, ""), key=itemgetter(0)):
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _json_files(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _json_files(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(".json"):
            yield above + entry.name, entry
