"""What areas upload of their institutions to the province (医保发〔2018〕6号, JL-2.5), with the mistakes in it.

Each upload is a row; a self-check finds the rows that are wrong and uploads them anew.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulator.inputs.streams import Streams
from simulator.world.onboarding.entrants import GROUP, Entrant

SETTLING, SUSPENDED = "settling", "suspended"
"""Settlement status of an institution with beds: 正常结算, 暂停结算."""
MISSING, LEVEL, CLASS, PAIR = "missing", "level", "class", "pair"
_FAULTS = (MISSING, LEVEL, CLASS, PAIR)
UNGRADED = "ungraded"
_NO_LEVEL, _NO_CLASS = "", "other"


@dataclass
class Upload:
    """What the province was told of an institution on a day.

    ``arrived`` is False where nothing came. ``flag`` and ``status`` are the opening flag and settlement status of
    inpatient care, None without beds. ``fault`` names what is wrong, empty for a right row; ``checked`` is the day a
    self-check looked at it first, ``found`` the day one found it wrong.
    """

    area: str
    code: str
    on: dt.date
    arrived: bool
    level: str
    kind: str
    flag: bool | None
    status: str | None
    fault: str
    checked: dt.date | None = None
    found: dt.date | None = None


class Uploads:
    """All uploads of a run; ``wrong`` has the chance of each fault, ``found`` that a self-check finds one."""

    def __init__(self, streams: Streams, wrong: Mapping[str, float], found: float) -> None:
        self._streams = streams
        self._wrong = wrong
        self._found = found
        self._latest: dict[str, Upload] = {}
        self._times: Counter[str] = Counter()
        self.all: list[Upload] = []

    def upload(self, each: Entrant, day: dt.date) -> None:
        """Upload an institution as it stands, perhaps with a mistake."""
        name = f"{each.place.code}/{self._times[each.place.code]}"
        chance, fault = self._streams.share(GROUP, name, "fault"), ""
        for kind in _FAULTS:
            if chance < self._wrong[kind] and (kind != PAIR or each.place.inpatient):
                fault = kind
                break
            chance -= self._wrong[kind]
        self._add(each, day, fault)

    def self_check(self, entrants: Iterable[Entrant], day: dt.date) -> None:
        """Look over what was uploaded of some institutions, and upload anew what is found to be wrong."""
        for each in entrants:
            upload = self._latest.get(each.place.code)
            if upload is None:
                continue
            upload.checked = upload.checked or day
            if upload.fault and self._streams.share(GROUP, f"{each.place.code}/{day}", "found") < self._found:
                upload.found = day
                self._add(each, day, "")

    def _add(self, each: Entrant, day: dt.date, fault: str) -> None:
        place = each.place
        flag = each.opened is not None if place.inpatient else None
        status = None if flag is None else SETTLING if flag is not (fault == PAIR) else SUSPENDED
        level = _NO_LEVEL if fault == LEVEL else place.level or UNGRADED
        kind = _NO_CLASS if fault == CLASS else each.kind
        made = Upload(place.area, place.code, day, fault != MISSING, level, kind, flag, status, fault)
        self._times[place.code] += 1
        self.all.append(made)
        self._latest[place.code] = made
