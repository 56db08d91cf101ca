"""The monthly split (清分) as institutions do it: where the pack asks for it, only what they confirmed is claimed.

On the morning after a month is closed each institution fetches its visitors' settlements from its city (3260) and
confirms them all (3261). What it could not reach it tries once more with the next morning's applications.
"""

from __future__ import annotations

from typing import Any

from simulator.core.clearing.months import last_day
from simulator.core.network.hospital import Desk
from simulator.core.platform.message import Message
from simulator.world.clock import SECOND_MS
from simulator.world.setting import Setting
from simulator.world.stations import Packet

AGAIN_MS = 5 * SECOND_MS
TRIES = 5
_PAGE = 100  # rows of a 3260 and of a 3261


def asked_again(setting: Setting, code: str, packet: Packet, asked: Message) -> Any:
    """Ask an institution's city, again under the same ``msgid`` while nothing comes; return the reply, or None."""
    for _ in range(TRIES):
        reply = yield setting.counters[code].ask(packet, asked)
        if reply is not None:
            return reply
        yield setting.clock.env.timeout(AGAIN_MS)
    return None


class Splits:
    """The splits of all institutions; each is played once a morning, whatever it applies for."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._played: set[tuple[str, str, int]] = set()

    def due(self, desk: Desk, month: str, morning: int) -> bool:
        """Tell whether an institution has to split a month this morning, once."""
        record = self._setting.scenario.pack.find("clearing.rules.reconciled_first", last_day(month), desk.city)
        key = desk.institution.code, month, morning
        if record is None or not record.value or key in self._played:
            return False
        self._played.add(key)
        return True

    def play(self, desk: Desk, packet: Packet, month: str) -> Any:
        """Fetch a month's rows page by page, then confirm them; one that was confirmed before is left as it is."""
        code, rows = desk.institution.code, list[Any]()
        while len(rows) % _PAGE == 0:
            asked = desk.extract_split(self._setting.clock.now(), month, len(rows) + 1)
            reply = yield from asked_again(self._setting, code, packet, asked)
            page = reply.rows("data") if reply is not None and reply.succeeded else ()
            if not page:
                break
            rows += page
        for first in range(0, len(rows), _PAGE):
            asked = desk.confirm_split(self._setting.clock.now(), month, rows[first : first + _PAGE])
            yield from asked_again(self._setting, code, packet, asked)
