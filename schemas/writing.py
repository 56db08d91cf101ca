"""Files written whole: under a temporary name in the same folder, then renamed."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from schemas.errors import SchemaError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it; raises OSError as writing does.

    A link stays a link; a folder or a device is not replaced.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "not a regular file")
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def save(path: Path, text: str) -> None:
    """Write a text file whole, in UTF-8, with the folders it needs; raises SchemaError where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise SchemaError(
            f"{path} 无法写入（{error.strerror}）；请检查文件夹和权限。",
            f"{path} cannot be written ({error.strerror}); check the folder and the rights.",
        ) from None
