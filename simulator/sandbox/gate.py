"""The gateway: is the caller who it says, now, and for the first time?

A signature is checked before anything else of a call is read. Each refusal has the answer that the published gateway
document gives for its scheme; which secret was wrong is never told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from simulator.inputs.gateways import SCHEMES, Scheme
from simulator.sandbox.parties import Directory, Party

_MOST_NONCES = 1 << 20


class Denied(NamedTuple):
    """Why a call was turned away, for the log (``why``) and for the caller (``message``)."""

    why: str
    message: str
    key_id: str = ""


MISSING = "缺少服务网关的请求头!"
LATE = "签名时间戳超时!"
UNKNOWN = "非法用户!"
WRONG = "签名不一致!"
REPLAYED = "请求已被使用!"


class Gate:
    """Checks signatures; ``open_to`` is the party that unsigned calls count as, None where all must be signed."""

    def __init__(self, directory: Directory, open_to: Party | None = None) -> None:
        self.directory = directory
        self._open_to = open_to
        self._nonces: set[tuple[str, str]] = set()
        self._order: deque[tuple[float, tuple[str, str]]] = deque()

    def check(self, headers: Mapping[str, str], now: float) -> Party | Denied:
        """Return who calls, or why not; ``headers`` have lower-case names, ``now`` is Unix time."""
        for scheme in SCHEMES.values():
            signed = scheme.read(headers)
            if signed is not None:
                break
        else:
            claims = any(name.startswith(("x-tif-", "_api_")) for name in headers)
            return self._open_to if self._open_to and not claims else Denied("missing", MISSING)
        party = self.directory.find(signed.key_id)
        key_id = signed.key_id if party else ""
        if party is None or party.scheme != scheme.name:
            return Denied("unknown", UNKNOWN, key_id)
        if not scheme.matches(signed, party.secret):
            return Denied("wrong", WRONG, key_id)
        if not scheme.in_time(signed, now):
            return Denied("late", LATE, key_id)
        if signed.nonce and not self._first(scheme, (signed.key_id, signed.nonce), now):
            return Denied("replayed", REPLAYED, key_id)
        return party

    def _first(self, scheme: Scheme, nonce: tuple[str, str], now: float) -> bool:
        """Note a nonce; tell whether it is new. It is kept for as long as its time could be accepted."""
        while self._order and self._order[0][0] < now:
            self._nonces.remove(self._order.popleft()[1])
        if nonce in self._nonces or len(self._order) >= _MOST_NONCES:
            return False
        self._nonces.add(nonce)
        self._order.append((now + 2 * scheme.window, nonce))
        return True
