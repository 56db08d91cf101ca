"""Files as they travel with 9101 and 9102: one UTF-8 text in a ZIP.

The core keeps the text; whoever hosts it unpacks what came and packs what goes. Packing the same text gives the same
bytes. A file from outside is not trusted: it must hold one text of a bounded size.
"""

from __future__ import annotations

import base64
import io
import zipfile
import zlib

LARGEST_TEXT = 50_000_000
"""Bytes of an unpacked text: the largest catalogue file has some two million."""

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # ZIP can name no earlier time; today's would make every packing another


class NotPacked(ValueError):
    """Bytes that are not one UTF-8 text in a ZIP; the text says what they are."""


def packed(text: str, name: str) -> bytes:
    """Return a text as a ZIP; ``name`` is that of the file, the text inside has the same without ``.zip``."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        inside = name.removesuffix(".zip")
        entry = zipfile.ZipInfo(inside if inside.endswith(".txt") else f"{inside}.txt", _LONG_AGO)
        entry.compress_type = zipfile.ZIP_DEFLATED
        zipped.writestr(entry, text.encode())
    return archive.getvalue()


def unpacked(content: bytes) -> str:
    """Return the text in a ZIP; raises NotPacked for anything else, and for a text that is too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            entries = zipped.infolist()
            if len(entries) != 1:
                raise NotPacked(f"the ZIP holds {len(entries)} files, not one")
            with zipped.open(entries[0]) as stream:
                text = stream.read(LARGEST_TEXT + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error) as problem:
        raise NotPacked(f"not a ZIP that can be read ({problem})") from None
    if len(text) > LARGEST_TEXT:
        raise NotPacked(f"the text has more than {LARGEST_TEXT} bytes")
    try:
        return text.decode()
    except UnicodeDecodeError as problem:
        raise NotPacked(f"not UTF-8 text (byte {problem.start})") from None


def from_field(field: str) -> str:
    """Return the text of ``fsUploadIn.in``: a ZIP in base64; raises NotPacked."""
    try:
        content = base64.b64decode(field, validate=True)
    except ValueError as problem:
        raise NotPacked(f"not base64 ({problem})") from None
    return unpacked(content)


def to_field(text: str, name: str) -> str:
    """Return a text as ``fsUploadIn.in``: a ZIP in base64."""
    return base64.b64encode(packed(text, name)).decode("ascii")
