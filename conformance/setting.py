"""What all cases of a run share, where a visit stands to the system under test, and what a test sees of an exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import schemas
from conformance.stage import Wrong
from simulator.inputs.platforms import Ground
from simulator.sandbox.parties import CITY as CITY_ROLE
from simulator.sandbox.parties import Party

HERE, AWAY, HOME = "here", "away", "home"
"""Where a visit stands to the city under test: it treats a visitor, it insures somebody treated elsewhere, or both."""
BETWEEN, OUT, IN = "between", "out", "in"
"""Where it stands to the province under test: between two of its cities, in one of them of a person insured in another
province, or in another province of a person insured in one of them."""


class Setting(NamedTuple):
    """What all cases of a run share: the ground, the interface, and how the system under test is reached.

    ``subject`` is the city or province under test, ``other`` the city that visitors of a city come from and go to;
    ``party`` finds the credentials of who calls, ``address`` where a transaction is called. ``prefix`` begins identity
    numbers. ``answer_seconds`` is how long an answer may take: by default what a patient before a window has patience
    for. ``above`` is the code of the platform above, and ``role`` what the system under test is. ``profile`` tells
    whether messages between bureaus are judged too.
    """

    ground: Ground
    registry: schemas.Registry
    subject: str
    other: str
    seed: str
    party: Callable[[str], Party]
    address: Callable[[str, str], str]
    seconds: float = 10.0
    prefix: str = "99"
    answer_seconds: float = 3.0
    above: str = ""
    role: str = CITY_ROLE
    profile: str = "national"

    @property
    def towns(self) -> tuple[str, ...]:
        """Return the cities below a province under test; a city has none."""
        registry = self.ground.network.national
        return tuple(code for code in registry.cities if registry.province_of(code) == self.subject)

    def keeps(self, insured: str) -> bool:
        """Tell whether the system under test has to know the people insured in a city, or their filings."""
        return insured == self.subject or insured in self.towns


class Step(NamedTuple):
    """What a test sees of an exchange: the infcode (None: no answer), what was told, and what was wrong with it.

    ``output`` is in the units of :class:`~simulator.core.platform.message.Message`; ``line`` is in the evidence.
    """

    infno: str
    msgid: str
    infcode: int | None
    err_msg: str
    output: Mapping[str, Any]
    wrong: tuple[Wrong, ...]
    line: int
    seconds: float
    expected: int | None
