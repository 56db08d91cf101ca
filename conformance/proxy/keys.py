"""The key of the pseudonyms: whoever has it can tell whose a pseudonym is by trying, and nobody else."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from simulator.inputs.errors import InputError

_BYTES = 32


def key_for(out: Path, file: Path | None) -> tuple[bytes, Path]:
    """Return the key and where it stands: as named, else beside the folder of the output, made where there is none.

    It never stands in the folder itself, which may be handed on. Raises InputError, and OSError where none can be made.
    """
    path = file or out.resolve().with_name(f"{out.resolve().name}.key")
    if file is None:
        with contextlib.suppress(FileExistsError):
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w", encoding="ascii") as stream:
                stream.write(secrets.token_hex(_BYTES) + "\n")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as problem:
        cure = "name a file that can be read as --key-file"
        raise InputError(str(path), "", f"cannot be read ({problem.strerror})", cure) from None
    except ValueError:
        key = b""
    if len(key) < _BYTES:
        raise InputError(str(path), "", "is no key of 64 hexadecimal digits", "make one with: openssl rand -hex 32")
    return key, path
