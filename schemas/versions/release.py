"""Freezes versions of the interface: what is released does not change any more; a change makes a new version.

`released.json` beside the versions holds the checksum of every data file of every released version. A version that is
not in it is a draft. Checksums are taken over the bytes on disk, line ends written as a line feed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from schemas.errors import SchemaError
from schemas.values import Name
from schemas.versions.folders import CATALOGUE, files_of, package_root, read_folder
from schemas.versions.resolved import Resolved
from schemas.versions.shapes import Spot
from schemas.writing import save

Status = Literal["draft", "released"]
Files = Mapping[str, str]

# The file of checksums.
LEDGER = "released.json"
# The requirement rows speak of the whole project and go on changing; they are no part of the interface.
NOT_FROZEN = frozenset({"requirements.json"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a release or a check: one sentence, and whether the version is as it should be."""

    good: bool
    says: Name
    status: Status
    changed: tuple[str, ...] = ()


def status(version: str, *, root: Path | None = None) -> Status:
    """Return whether a version is still a draft. `root` is the folder of the versions, by default the package."""
    return "released" if version in _ledger(root or package_root()) else "draft"


def check(root: Path, version: str) -> Outcome:
    """Compare a version below `root` with its checksums; a draft has none and is as it should be.

    Raises SchemaError for a version that does not exist or a file that cannot be read.
    """
    released, now = _ledger(root).get(version), _checksums(root, version)
    if released is None:
        says = Name(f"{version} 是草案，尚未发布。", f"{version} is a draft; it has not been released.")
        return Outcome(True, says, "draft")
    before: Files = released["files"]
    changed = tuple(sorted(name for name in {**before, **now} if before.get(name) != now.get(name)))
    if not changed:
        says = Name(f"{version} 已发布，未有改动。", f"{version} is released and unchanged.")
        return Outcome(True, says, "released")
    return Outcome(False, _refusal(version, changed), "released", changed)


def release(root: Path, version: str) -> Outcome:
    """Freeze a version below `root`, unless it is frozen already; a frozen one that has changed is refused.

    Raises SchemaError for a version that does not exist or does not hold together, and where `released.json` cannot
    be written.
    """
    outcome = check(root, version)
    if outcome.status == "released":
        return outcome
    _hold_together(root, version)
    ledger = {**_ledger(root), version: {"files": dict(_checksums(root, version))}}
    save(root / LEDGER, json.dumps(ledger, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    says = Name(
        f"{version} 已发布；以后的改动请另建新版本。", f"{version} is now released; further changes need a new version."
    )
    return Outcome(True, says, "released")


def _refusal(version: str, changed: tuple[str, ...]) -> Name:
    following = f"v{int(version[1:]) + 1}" if version[1:].isdecimal() else "a new version"
    listed = ", ".join(changed)
    return Name(
        f"{version} 已发布，但文件有改动：{listed}；请恢复原文件，并把改动放入 {following}。",
        f"{version} is released, but these files have changed: {listed}; restore them and make {following} instead.",
    )


def _hold_together(root: Path, version: str) -> None:
    """Raise SchemaError where a file is no JSON or a `$ref` leads nowhere: nobody could mend it after the release."""
    found = read_folder(root / version, version)
    resolved = Resolved(found.files)
    for file in found.messages.values():
        resolved.shape(Spot(file, ()))


def _checksums(root: Path, version: str) -> Files:
    folder = root / version
    if not (folder / CATALOGUE).is_file():
        raise SchemaError(f"没有版本 {version}；请检查名称。", f"there is no version {version}; check the name.")
    return {name: _checksum(folder / name) for name in files_of(folder) if name not in NOT_FROZEN}


def _checksum(file: Path) -> str:
    return hashlib.sha256(_read(file).replace(b"\r\n", b"\n")).hexdigest()


def _ledger(root: Path) -> Mapping[str, Any]:
    file = root / LEDGER
    if not file.is_file():
        return {}
    try:
        ledger: Mapping[str, Any] = json.loads(_read(file))
    except ValueError:
        raise SchemaError(
            f"{file} 不是 JSON；请从版本库恢复该文件。", f"{file} is no JSON; restore it from the repository."
        ) from None
    return ledger


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SchemaError(
            f"{file} 无法读取（{error.strerror}）；请检查权限。",
            f"{file} cannot be read ({error.strerror}); check the rights.",
        ) from None
