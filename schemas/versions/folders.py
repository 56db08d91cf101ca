"""Reads a version of the interface as a folder of JSON files, without asking what is in them.

A version is named (`v1`, shipped with the package) or is any folder that holds the same kind of files, such as a
working copy beside it. What makes a folder a version is its catalogue, `transactions.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from schemas.errors import SchemaError

# The file that every version has.
CATALOGUE = "transactions.json"

_MESSAGE = re.compile(r"(?:messages/)?([0-9A-Z]{4,6})\.(request|response)\.json")


@dataclass(frozen=True, slots=True)
class Version:
    """The parsed files of a version by their names relative to its folder, such as `messages/2304.request.json`."""

    name: str
    files: Mapping[str, Any]

    @property
    def messages(self) -> Mapping[str, str]:
        """Message, such as `2304 request`, to its file."""
        found = ((name, _MESSAGE.fullmatch(name)) for name in self.files)
        return {f"{match[1]} {match[2]}": name for name, match in found if match}

    @property
    def schemas(self) -> Mapping[str, Any]:
        """The files that are JSON Schemas."""
        return {name: content for name, content in self.files.items() if _is_schema(content)}


def package_root() -> Path:
    """Return the folder that holds the versions shipped with the package."""
    return Path(str(resources.files("schemas")))


def read_version(name: str) -> Version:
    """Return a version by its name or folder; raises SchemaError where there is none or a file cannot be read."""
    shipped = package_root() / name
    if re.fullmatch(r"v[0-9]+", name) and (shipped / CATALOGUE).is_file():
        return read_folder(shipped, name)
    if not Path(name).is_dir():
        known = ", ".join(sorted(entry.parent.name for entry in package_root().glob(f"v*/{CATALOGUE}")))
        raise SchemaError(
            f"没有版本也没有文件夹 {name}；现有版本：{known}。",
            f"there is no version and no folder {name}; the versions are {known}.",
        )
    return read_folder(Path(name), name)


def read_folder(folder: Path, name: str) -> Version:
    """Return the version in a folder; raises SchemaError for a folder that is none, or a file that is no JSON."""
    if not (folder / CATALOGUE).is_file():
        raise SchemaError(
            f"{name} 不是接口版本；其中应有 {CATALOGUE}。",
            f"{name} is not a version of the interface; it should hold {CATALOGUE}.",
        )
    found = Version(name, {file: _parsed(folder / file) for file in files_of(folder)})
    catalogue = found.files[CATALOGUE]
    if not isinstance(catalogue, dict) or not isinstance(catalogue.get("transactions", {}), dict):
        raise SchemaError(
            f"{name} 的 {CATALOGUE} 不是含有对象 transactions 的 JSON；请改正该文件。",
            f"{CATALOGUE} of {name} is no JSON object with an object transactions; mend the file.",
        )
    return found


def files_of(folder: Path) -> tuple[str, ...]:
    """Return the names of the data files below a folder, in order."""
    return tuple(sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.json")))


def _parsed(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SchemaError(
            f"{file} 无法读取（{reason}）；请改正该文件。", f"{file} cannot be read ({reason}); mend the file."
        ) from None


def _is_schema(content: Any) -> bool:
    return isinstance(content, dict) and "$schema" in content
