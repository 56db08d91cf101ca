"""How strict a check is: `strict` is the specification, `lenient` also takes what clients are seen to send.

The data stand in `profiles.json`. A profile changes two things and leaves the machinery alone, like spectacles for
the same reader: the data files of the version (`overlaid`), before anything is derived from them, and each message
(`relaxed`), before it is checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.errors import SchemaError

if TYPE_CHECKING:
    from schemas.rules import Path

# The profile that is meant where none is named.
STRICT = "strict"

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile allows beyond the specification.

    `rename` maps a member of the message, as it is sent, to its right name. `whole_numbers` are members of the message
    that may be written as texts. `absent` are texts that count as no value at all. `definitions` replace those of
    `common.json`; `without_rules` are not judged. Signature fields need no word here: they are optional in any profile.
    """

    name: str
    rename: Mapping[str, str]
    whole_numbers: tuple[str, ...]
    absent: frozenset[str]
    definitions: Mapping[str, Any]
    without_rules: frozenset[str]


def read_profile(files: Mapping[str, Any], name: str) -> Profile:
    """Return a profile of a version by its name; raises SchemaError for an unknown one."""
    profiles = files["profiles.json"]
    if name not in profiles:
        listed = ", ".join(profiles)
        raise SchemaError(f"没有检查尺度 {name}；现有：{listed}。", f"there is no profile {name}; use one of {listed}.")
    entry = profiles[name]
    return Profile(
        name=name,
        rename=dict(entry["rename"]),
        whole_numbers=tuple(entry["whole_numbers"]),
        absent=frozenset(entry["absent"]),
        definitions=entry["definitions"],
        without_rules=frozenset(entry["without_rules"]),
    )


def overlaid(files: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Return the data files of a version as a profile sees them; what it does not change is the same object."""
    common, rules = files["common.json"], files["rules.json"]
    return {
        **files,
        "common.json": {**common, "$defs": {**common["$defs"], **profile.definitions}},
        "rules.json": [rule for rule in rules if rule["id"] not in profile.without_rules],
    }


def relaxed(message: object, profile: Profile) -> object:
    """Return a parsed message as the specification would have it written; the same object where nothing is allowed."""
    if profile.absent:
        message = _present(message, profile.absent)
    if not isinstance(message, dict) or not (profile.rename or profile.whole_numbers):
        return message
    renamed = {_right_name(name, message, profile): value for name, value in message.items()}
    for name in profile.whole_numbers:
        value = renamed.get(name)
        if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
            renamed[name] = int(value)
    return renamed


def as_sent(path: Path, message: object, profile: Profile) -> Path:
    """Return where a path of the relaxed message stands in the message as it was sent."""
    if not path or not isinstance(message, dict) or path[0] in message:
        return path
    sent = (name for name, right in profile.rename.items() if right == path[0] and name in message)
    return (next(sent, path[0]), *path[1:])


def _right_name(name: str, message: Mapping[str, object], profile: Profile) -> str:
    right = profile.rename.get(name, name)
    return name if right in message else right


def _present(value: object, absent: frozenset[str]) -> object:
    """Leave out the members whose text stands for no value."""
    if isinstance(value, dict):
        return {
            name: _present(member, absent)
            for name, member in value.items()
            if not (isinstance(member, str) and member in absent)
        }
    return [_present(row, absent) for row in value] if isinstance(value, list) else value
