"""The messages that `yidi schema check` is given: files, folders, standard input, one message a file or a line.

One file is open at a time and one message in memory, however many there are.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import IO, get_args

import typer

from schemas.checking import Likely
from schemas.errors import BadText, SchemaError
from schemas.text.strict_json import MAX_BYTES, parse
from schemas.values import Direction

# The file name that means standard input.
STDIN = "-"
# In files with these names each line is a message; in folders only these and `.json` are looked at.
BY_LINE = (".ndjson", ".jsonl")

_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{4,6}(?![0-9A-Za-z])")
_WAY = re.compile("|".join(get_args(Direction)))


def files_of(argument: str) -> Iterator[str]:
    """Yield the file an argument names, or those of the folder it names and of the folders within, in order.

    Raises SchemaError for a folder without any.
    """
    if argument == STDIN or not Path(argument).is_dir():
        yield argument
        return
    found = sorted(path for path in Path(argument).rglob("*") if path.suffix in {".json", *BY_LINE} and path.is_file())
    if not found:
        raise SchemaError(
            f"文件夹 {argument} 中没有 .json 或 .ndjson 文件；请检查路径。",
            f"the folder {argument} holds no .json or .ndjson file; check the path.",
        )
    yield from map(str, found)


def texts_of(file: str) -> Iterator[tuple[int | None, bytes]]:
    """Yield the messages of a file as they stand, with the number of the line where each line is one.

    Raises SchemaError for a file that cannot be read or holds no line.
    """
    try:
        if file == STDIN:
            yield None, typer.get_binary_stream("stdin").read(MAX_BYTES + 1)
            return
        with Path(file).open("rb") as stream:
            if Path(file).suffix in BY_LINE:
                yield from _lines(file, stream)
            else:
                yield None, stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise SchemaError(
            f"{file} 无法读取（{error.strerror}）；请检查文件名和权限。",
            f"{file} cannot be read ({error.strerror}); check the name and the rights.",
        ) from None


def likely_of(file: str, transactions: Container[str]) -> Likely:
    """Return what the name of a file tells, such as `2304.response.json`, or the request beside a response.

    `case7.response.json` answers what `case7.request.json` in the same folder asks.
    """
    path = Path(file)
    numbers = (number for number in _NUMBER.findall(path.name) if number in transactions)
    ways: list[Direction] = _WAY.findall(path.name)
    number, way = next(numbers, None), ways[-1] if ways else None
    if number is None and way == "response":
        number = _asked(path.with_name("request".join(path.name.rsplit("response", 1))))
    return Likely(number, way)


def _lines(file: str, stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    number, empty = 0, True
    while line := stream.readline(MAX_BYTES + 1):
        number += 1
        rest = line
        while len(rest) > MAX_BYTES and not rest.endswith(b"\n"):  # too long a line: what is left of it is skipped
            rest = stream.readline(MAX_BYTES + 1)
        if line.strip() or rest is not line:
            empty = False
            yield number, line
    if empty:
        raise SchemaError(
            f"{file} 中没有报文；每行应有一个报文。", f"{file} holds no message; each line should be one."
        )


def _asked(request: Path) -> str | None:
    try:
        with request.open("rb") as stream:
            message = parse(stream.read(MAX_BYTES + 1))
    except (OSError, BadText):
        return None
    number = message.get("infno") if isinstance(message, dict) else None
    return number if isinstance(number, str) else None
