"""Reads ``conformance.toml``: which system is under test, where it is, and what it can be asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from simulator.inputs.toml import Source, check, read_toml

HOOKS = ("load_people", "load_filings", "set_clock", "restart", "do")
_SECONDS = 10.0


class Subject(NamedTuple):
    """A system under test as its configuration describes it.

    ``url`` is where hospitals call it, ``from_above`` where the platform above does. ``seconds`` is how long an answer
    is waited for. ``hooks`` are addresses, or command lines, by name. ``file`` is where all this was said.
    """

    name: str
    role: str
    code: str
    url: str
    pack: str
    from_above: str = ""
    build: str = ""
    ca: str = ""
    seconds: float = _SECONDS
    host: str = "127.0.0.1"
    port: int = 0
    seed: str = "1"
    parties: str = ""
    profile: str = "national"
    hooks: Mapping[str, str | tuple[str, ...]] = {}
    file: str = ""


def read_subject(path: str | Path) -> Subject:
    """Return what a file says; paths in it are from its folder. Raises InputError."""
    name = str(path)
    data = read_toml(Source(Path(path), name)).data
    check(data, "conformance", name)
    folder = Path(path).parent
    target, keys = data["target"], data.get("keys", {})
    hooks = {each: said if isinstance(said, str) else tuple(said) for each, said in data.get("hooks", {}).items()}
    return Subject(
        **data["subject"],
        url=target["url"],
        from_above=target.get("from_above", target["url"]),
        ca=str(folder / target["ca"]) if "ca" in target else "",
        seconds=float(target.get("seconds", _SECONDS)),
        **data.get("upstream", {}),
        **{each: keys[each] for each in ("seed",) if each in keys},
        parties=str(folder / keys["parties"]) if "parties" in keys else "",
        **data["rules"],
        hooks=hooks,
        file=name,
    )
