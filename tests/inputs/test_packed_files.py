"""Files travel as one text in a ZIP, and nothing else is taken for one."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from importlib.resources import files

import pytest

from simulator.inputs import packed_files
from simulator.inputs.packed_files import NotPacked, from_field, packed, to_field, unpacked

TEXT = "XA02\t示例药\tnull\n" * 3


def zipped(*texts: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for number, text in enumerate(texts):
            made.writestr(f"{number}.txt", text)
    return archive.getvalue()


def test_a_text_comes_out_as_it_went_in_and_twice_the_same() -> None:
    assert unpacked(packed(TEXT, "1301_20161010.txt.zip")) == TEXT
    assert packed(TEXT, "a.zip") == packed(TEXT, "a.zip")
    assert from_field(to_field(TEXT, "stmt.zip")) == TEXT


@pytest.mark.parametrize("name", ["1301.txt.zip", "1301.zip", "1301.txt", "1301"])
def test_the_text_inside_bears_the_name_of_the_file(name: str) -> None:
    assert zipfile.ZipFile(io.BytesIO(packed(TEXT, name))).namelist() == ["1301.txt"]


def test_the_published_example_is_one() -> None:
    example = files("schemas") / "v1" / "examples" / "9101.request.json"
    text = from_field(json.loads(example.read_text(encoding="utf-8"))["input"]["fsUploadIn"]["in"])
    assert text.endswith("\tnull\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a ZIP"),
        (b"PK\x03\x04", "not a ZIP"),
        (zipped(), "holds 0 files"),
        (zipped(b"a", b"b"), "holds 2 files"),
        (zipped(b"\xff\xfe"), "not UTF-8"),
        (packed("a" * 100, "a")[:36] + b"\xff\xff" + packed("a" * 100, "a")[38:], "not a ZIP that can be read"),
        (zipped(b"a" * 100)[:60] + b"X" + zipped(b"a" * 100)[61:], "not a ZIP that can be read"),
    ],
)
def test_anything_else_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(NotPacked, match=words):
        unpacked(content)


def test_a_text_without_end_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_files, "LARGEST_TEXT", 10)
    assert unpacked(packed("a" * 10, "a")) == "a" * 10
    with pytest.raises(NotPacked, match="more than 10 bytes"):
        unpacked(packed("a" * 11, "a"))


def test_a_field_that_is_no_base64_is_refused() -> None:
    with pytest.raises(NotPacked, match="not base64"):
        from_field("示例")
    with pytest.raises(NotPacked, match="not base64"):
        from_field("abc")
    with pytest.raises(NotPacked, match="not a ZIP"):
        from_field(base64.b64encode(b"text").decode())
