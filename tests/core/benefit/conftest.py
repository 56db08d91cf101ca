"""What the tests of the benefit share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from simulator.core.values.parameters import Basis, Parameter, PolicyPack, Record


@pytest.fixture(scope="session")
def make_lasting(lasting_pack: PolicyPack) -> Callable[..., PolicyPack]:
    """Makes the small pack with other figures, for tests with generated cases, which share fixtures."""

    def make(**changed: Any) -> PolicyPack:
        parameters = dict(lasting_pack.parameters)
        for key, value in changed.items():
            name = key.replace("__", ".")
            record = Record(value, dt.date(2016, 1, 1), None, Basis(assumption="A"))
            parameters[name] = Parameter(name, "yuan", name, name, {"*": (record,)})
        return lasting_pack._replace(parameters=parameters)

    return make
