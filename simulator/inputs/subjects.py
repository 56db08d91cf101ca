"""Reads ``conformance.toml``: which system is under test, where it is, and what it can be asked to do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from simulator.inputs.errors import InputError
from simulator.inputs.toml import Source, check, read_toml

HOOKS = ("load_people", "load_filings", "set_clock", "restart", "do")
DATA_HOOKS = ("load_people", "load_filings")
_SECONDS = 10.0
_NO_HOOKS: Mapping[str, str | tuple[str, ...]] = MappingProxyType({})


class Subject(NamedTuple):
    """A system under test as its configuration describes it.

    ``url`` is where hospitals call it, ``from_above`` where the platform above does. ``seconds`` is how long an answer
    is waited for, ``answer_seconds`` how long it may take (0: not said). ``hooks`` are addresses, or
    command lines, by name; ``by_hand`` says that exported people were loaded before the run. ``prefix`` begins the
    identity numbers of test people. ``validity_days`` is how long a certificate holds. ``file`` is where all this was
    said.
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
    hooks: Mapping[str, str | tuple[str, ...]] = _NO_HOOKS
    file: str = ""
    prefix: str = "99"
    by_hand: bool = False
    validity_days: int = 90
    answer_seconds: float = 0.0


def read_subject(path: str | Path) -> Subject:
    """Return what a file says; paths in it are from its folder. Raises InputError."""
    name = str(path)
    data = read_toml(Source(Path(path), name)).data
    check(data, "conformance", name)
    folder = Path(path).parent
    target, keys, rules = data["target"], data.get("keys", {}), data["rules"]
    hooks = {each: said if isinstance(said, str) else tuple(said) for each, said in data.get("hooks", {}).items()}
    addresses = {f"target.{key}": target[key] for key in ("url", "from_above") if key in target}
    addresses |= {f"hooks.{key}": said for key, said in hooks.items() if isinstance(said, str)}
    for key, url in addresses.items():
        _expect_address(url, name, key)
    options = data.get("options", {})
    if "answer_seconds" in options:
        options = {**options, "answer_seconds": float(options["answer_seconds"])}
    return Subject(
        **data["subject"],
        url=target["url"],
        from_above=target.get("from_above", target["url"]),
        ca=_file(folder, target["ca"], name, "target.ca") if "ca" in target else "",
        seconds=float(target.get("seconds", _SECONDS)),
        **data.get("upstream", {}),
        **_seed(keys, name),
        parties=_file(folder, keys["parties"], name, "keys.parties") if "parties" in keys else "",
        **{**rules, "pack": str(folder / rules["pack"]) if "/" in rules["pack"] else rules["pack"]},
        hooks=hooks,
        file=name,
        **data.get("data", {}),
        **options,
    )


def _seed(keys: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the seed of keys, from the environment where a variable is named."""
    if "seed_env" not in keys:
        return {key: keys[key] for key in ("seed",) if key in keys}
    if "seed" in keys:
        raise InputError(name, "keys.seed", "stands beside seed_env", "keep only one of them")
    variable = keys["seed_env"]
    if not os.environ.get(variable):
        raise InputError(name, "keys.seed_env", f"names {variable}, which the environment does not have", "set it")
    return {"seed": os.environ[variable]}


def _file(folder: Path, said: str, name: str, key: str) -> str:
    path = folder / said
    if not path.is_file():
        raise InputError(name, key, f"names {path}, and there is no such file", "correct the path")
    return str(path)


def _expect_address(url: str, name: str, key: str) -> None:
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise InputError(name, key, f'is "{url}", which is no address', "write one such as http://127.0.0.1:8080")
