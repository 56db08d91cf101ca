"""The head of a run: the first line of its evidence, which says all that is needed to judge the rest again.

It holds no secret and no address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Any

from conformance.evidence import RUN, Line
from conformance.standing import around
from simulator.inputs.errors import InputError
from simulator.inputs.platforms import Ground
from simulator.inputs.subjects import Subject
from simulator.sandbox.parties import CITY

FORMAT = "yidi/evidence/1"
SHAPES = "shapes"
"""The folder of what suites of several roles share; the kill score of each role hangs on it too."""
_LOCAL = frozenset({"url", "from_above", "ca", "host", "port", "seed", "parties", "file", "hooks"})
_NOWHERE = "http://offline.invalid"


def head_of(
    subject: Subject, ground: Ground, seed: str, begun: str, *, waivers: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return the head of a run."""
    who = around(subject, ground)
    return {
        "format": FORMAT,
        "yidi": metadata.version("yidi"),
        "subject": {name: value for name, value in subject._asdict().items() if name not in _LOCAL},
        "hooks": sorted(subject.hooks),
        "keys": {code: party.key_id for code, party in sorted(who.parties.items())},
        "seed": seed,
        "pack": ground.pack.digest,
        "schema": schema_digest(),
        "suites": suites_digest(subject.role),
        "waivers": [dict(each) for each in waivers],
        "begun": begun,
    }


def read_head(lines: Sequence[Line], name: str) -> Mapping[str, Any]:
    """Return the head that evidence begins with; raises InputError."""
    if not lines or lines[0].kind != RUN or lines[0].said.get("format") != FORMAT:
        raise InputError(name, "", "does not begin with the head of a run", "name the evidence of yidi certify")
    return lines[0].said


def expect_same_run(head: Mapping[str, Any], now: Mapping[str, Any], name: str) -> None:
    """Raise InputError where a run that is to go on is not the one that was begun."""
    for key in now:
        if key != "begun" and head.get(key) != now[key]:
            raise InputError(name, key, "is not what the run was begun with", "begin a new run, without --resume")


def subject_again(head: Mapping[str, Any]) -> Subject:
    """Return the system under test as far as a head tells of it."""
    hooks = dict.fromkeys(head["hooks"], _NOWHERE)
    return Subject(url=_NOWHERE, from_above=_NOWHERE, hooks=hooks, **head["subject"])


def suites_digest(role: str = CITY) -> str:
    """Return the SHA-256 over the suites of a role and the shapes that suites share, names and contents."""
    return _digest(suite_files(role))


def suite_files(role: str = CITY) -> Mapping[str, Traversable]:
    """Return every file that says what the cases of a role are, by its path from the suites on."""
    suites = resources.files("conformance").joinpath("suites")
    own = _files(suites, "", ".py", deep=False) if role == CITY else _files(suites.joinpath(role), f"{role}/", ".py")
    return own | _files(suites.joinpath(SHAPES), f"{SHAPES}/", ".py")


def schema_digest() -> str:
    """Return the SHA-256 over the interface."""
    return _digest(_files(resources.files("schemas").joinpath("v1"), "", ".json"))


def _digest(files: Mapping[str, Traversable]) -> str:
    digest = hashlib.sha256()
    for name, file in sorted(files.items()):
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(folder: Traversable, above: str, ending: str, *, deep: bool = True) -> dict[str, Traversable]:
    found: dict[str, Traversable] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= _files(entry, f"{above}{entry.name}/", ending, deep=True) if deep else {}
        elif entry.name.endswith(ending):
            found[above + entry.name] = entry
    return found
