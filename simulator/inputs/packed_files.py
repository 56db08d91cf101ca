"""Files as they travel with 9101 and 9102: one UTF-8 text in a ZIP.

The core keeps the text; whoever hosts it unpacks what came and packs what goes. Packing the same text gives the same
bytes. A file from outside is not trusted: it must hold one text of a bounded size. Two ways up are known: in base64 in
``fsUploadIn.in``, and beside the message as a part of a form (:func:`from_form`).
"""

from __future__ import annotations

import base64
import email
import io
import zipfile
import zlib
from typing import Any

import orjson

LARGEST_TEXT = 8_000_000
"""Bytes of an unpacked text: the largest catalogue file has some two million, a hospital's day a few thousand rows."""

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # ZIP can name no earlier time; today's would make every packing another


class NotPacked(ValueError):
    """Bytes that are not one UTF-8 text in a ZIP; ``zh`` and the text say what they are."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


def packed(text: str, name: str) -> bytes:
    """Return a text as a ZIP; ``name`` is that of the file, the text inside has the same without ``.zip``."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        inside = name.replace("\\", "/").rpartition("/")[2].removesuffix(".zip")  # no path: it is unpacked elsewhere
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
                raise NotPacked(f"ZIP内有{len(entries)}个文件，应为1个", f"the ZIP holds {len(entries)} files, not one")
            with zipped.open(entries[0]) as stream:
                text = stream.read(LARGEST_TEXT + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error) as problem:
        raise NotPacked("不是可读的ZIP", f"not a ZIP that can be read ({problem})") from None
    if len(text) > LARGEST_TEXT:
        raise NotPacked(f"文本超过{LARGEST_TEXT}字节", f"the text has more than {LARGEST_TEXT} bytes")
    try:
        return text.decode()
    except UnicodeDecodeError as problem:
        raise NotPacked(f"第{problem.start}字节不是UTF-8", f"not UTF-8 text (byte {problem.start})") from None


def from_field(field: str) -> str:
    """Return the text of ``fsUploadIn.in``: a ZIP in base64; raises NotPacked."""
    try:
        content = base64.b64decode(field, validate=True)
    except ValueError as problem:
        raise NotPacked("不是base64", f"not base64 ({problem})") from None
    return unpacked(content)


def to_field(text: str, name: str) -> str:
    """Return a text as ``fsUploadIn.in``: a ZIP in base64."""
    return base64.b64encode(packed(text, name)).decode("ascii")


def from_form(content_type: str, body: bytes) -> bytes:
    """Return the JSON text of a 9101 that came as a form: ``jsonStr``, the message, and ``file``, the ZIP beside it.

    The ZIP takes the place of ``fsUploadIn.in``. Raises NotPacked for a body that is no such form.
    """
    whole = b"content-type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body
    form = email.message_from_bytes(whole)
    found: Any = form.get_payload() if form.is_multipart() else ()
    parts = {part.get_param("name", header="content-disposition"): part for part in found}
    if not {"jsonStr", "file"} <= set(parts):
        raise NotPacked("表单应有jsonStr和file两部分", "the form has no jsonStr or no file")
    text, archive = (bytes(parts[name].get_payload(decode=True) or b"") for name in ("jsonStr", "file"))
    try:
        sent = orjson.loads(text)
        sent["input"]["fsUploadIn"]["in"] = base64.b64encode(archive).decode("ascii")
    except (ValueError, TypeError, KeyError):
        raise NotPacked("jsonStr不是9101报文", "jsonStr is no message 9101") from None
    return orjson.dumps(sent)
