"""The chain of evidence: what was written is read back, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.evidence import FIRST, TO, Chain, Line, as_bytes, as_text, checked
from simulator.inputs.errors import InputError

NOW = "2026-01-01T08:00:00"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return a file of four lines."""
    file = tmp_path / "evidence.ndjson"
    chain = Chain(file)
    for number in range(4):
        chain.add(f"case {number % 2}", 0, TO, NOW, {"body": as_text(b"\xff" * number), "名": "𠮷"})
    chain.close()
    return file


def read(content: bytes) -> list[Line]:
    return list(checked(content, "evidence.ndjson"))


def test_what_was_written_is_read_back(written: Path) -> None:
    lines = read(written.read_bytes())
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert [as_bytes(line.said["body"]) for line in lines] == [b"\xff" * number for number in range(4)]
    assert lines[0].before == FIRST
    assert [line.before for line in lines[1:]] == [line.digest for line in lines[:-1]]


def test_a_chain_goes_on_where_it_ended(written: Path) -> None:
    chain = Chain(written)
    root = chain.root
    assert (len(chain.lines), chain.lines[-1].digest) == (4, root)
    assert chain.add("case 0", 1, TO, NOW, {}).before == root
    chain.close()
    assert len(read(written.read_bytes())) == 5


def test_an_unfinished_last_line_is_cut_off(written: Path) -> None:
    whole = written.read_bytes()
    written.write_bytes(whole + b'{"number":5,"ca')
    Chain(written).close()
    assert written.read_bytes() == whole


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("old", [b"08:00:00", "𠮷".encode(), b'"attempt":0'])
def test_a_changed_line_is_named(written: Path, number: int, old: bytes) -> None:
    lines = written.read_bytes().splitlines(keepends=True)
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, old[:-1] + b"1")
    with pytest.raises(InputError, match=rf"line {number}\b"):
        read(b"".join(lines))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_missing_line_is_named(written: Path, number: int) -> None:
    lines = written.read_bytes().splitlines(keepends=True)
    del lines[number - 1]
    with pytest.raises(InputError, match=rf"line {number}\b"):
        read(b"".join(lines))


def test_lines_in_another_order_are_named(written: Path) -> None:
    lines = written.read_bytes().splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    with pytest.raises(InputError, match=r"line 2\b"):
        read(b"".join(lines))


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_cut_line_is_refused(written: Path, cut: int) -> None:
    with pytest.raises(InputError, match=r"middle of a line|line 4"):
        read(written.read_bytes()[:-cut])


@pytest.mark.parametrize("text", [b"{}\n", b"[]\n", b"no\n", b"\n", b'{"number":1}\n'])
def test_what_is_no_line_is_named(text: bytes) -> None:
    with pytest.raises(InputError, match="line 1"):
        read(text)


def test_the_same_line_in_another_spelling_is_refused(written: Path) -> None:
    content = written.read_bytes()
    with pytest.raises(InputError, match="line 1"):
        read(content.replace(b'{"attempt"', b'{ "attempt"', 1))


def test_bytes_that_are_no_text_keep_every_byte() -> None:
    every = bytes(range(256))
    assert as_bytes(as_text(every)) == every
    assert as_text("徐州".encode()) == "徐州"
