"""Who calls a platform, and with which credentials: those of a sandbox follow from its seed.

Everybody who knows the seed knows them all, so that processes find each other without a file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from simulator.inputs.errors import InputError
from simulator.inputs.gateways import X_TIF
from simulator.inputs.toml import Source, check, read_toml

Row = Mapping[str, Any]
"""A party in a file of parties."""

HOSPITAL, CITY, PROVINCE = "hospital", "city", "province"


class Party(NamedTuple):
    """A caller: ``code`` is a hospital's ``fixmedins_code`` or the area of a platform; ``area`` is where it stands.

    ``given``: the secret is somebody's own, and is told to nobody; any other follows from the seed.
    """

    name: str
    role: str
    code: str
    area: str
    scheme: str
    key_id: str
    secret: str
    given: bool = False

    @property
    def masked(self) -> Party:
        """Return the party without its secret."""
        return self._replace(secret="")


def secret_of(seed: str, key_id: str) -> str:
    """Return a secret for a party of the sandbox, the same for the same seed."""
    return hashlib.sha256(f"yidi sandbox {seed} {key_id}".encode()).hexdigest()[:40]


def hospital_party(code: str, name: str, area: str, seed: str, scheme: str = X_TIF) -> Party:
    """Return the credentials of a hospital."""
    return Party(name, HOSPITAL, code, area, scheme, code, secret_of(seed, code))


def city_party(code: str, name: str, seed: str, scheme: str = X_TIF) -> Party:
    """Return the credentials of a city's platform."""
    key_id = f"C{code}"
    return Party(name, CITY, code, code, scheme, key_id, secret_of(seed, key_id))


def province_party(code: str, name: str, seed: str, scheme: str = X_TIF) -> Party:
    """Return the credentials of a province's platform, with which it calls cities."""
    key_id = f"P{code}"
    return Party(name, PROVINCE, code, code, scheme, key_id, secret_of(seed, key_id))


def read_parties(path: str) -> tuple[Row, ...]:
    """Return the rows of a file of parties, secrets from the environment put in; raises InputError.

    A ``ca`` is a path from the folder of the file.
    """
    document = read_toml(Source(Path(path), path))
    check(document.data, "parties", path)
    rows: list[Row] = []
    for number, row in enumerate(document.data["party"], 1):
        if any((row["role"], row["code"]) == (each["role"], each["code"]) for each in rows):
            raise InputError(path, f"party[{number}].code", f"repeats {row['code']}", "give each party one row")
        sign = _with_secret(row.get("sign", {}), path, f"party[{number}].sign")
        trusted = {"ca": str(Path(path).parent / row["ca"])} if "ca" in row else {}
        rows.append(_with_secret(row, path, f"party[{number}]") | trusted | {"sign": sign})
    return tuple(rows)


def _with_secret(row: Row, path: str, key: str) -> dict[str, Any]:
    name = row.get("secret_env", "")
    if not name:
        return dict(row)
    if not os.environ.get(name):
        raise InputError(path, f"{key}.secret_env", f"names {name}, which the environment does not have", "set it")
    return {**row, "secret": os.environ[name]}
