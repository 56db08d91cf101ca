"""The gateway: is the caller who it says, now, and for the first time?

A signature is checked before anything else of a call is read. Each refusal has the answer that the published gateway
document gives for its scheme; which secret was wrong is never told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simulator.inputs.gateways import SCHEMES, Signed
from simulator.sandbox.parties import ANYONE, Directory, Party

_MOST_NONCES = 1 << 22
_STEP = 30  # seconds


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
FULL = "请求过多，请稍后再试!"


class Nonces:
    """The nonces of calls, each kept for as long as its time could be accepted.

    What is kept is a number made of party and nonce, in heaps by the time they may be forgotten.
    """

    def __init__(self, most: int = _MOST_NONCES) -> None:
        self._most = most
        self._heaps: dict[int, set[int]] = {}

    def takes(self, key_id: str, nonce: str, until: float, now: float) -> str:
        """Note a nonce; return why it cannot be, empty where it can."""
        for step in [step for step in self._heaps if step * _STEP < now]:
            del self._heaps[step]
        number = hash((key_id, nonce))
        if any(number in heap for heap in self._heaps.values()):
            return REPLAYED
        if sum(map(len, self._heaps.values())) >= self._most:
            return FULL
        self._heaps.setdefault(int(until // _STEP) + 1, set()).add(number)
        return ""


class Gate:
    """Checks signatures; with ``unsigned`` it lets calls in that bear none, as whoever they say they are."""

    def __init__(self, directory: Directory, *, unsigned: bool = False) -> None:
        self.directory = directory
        self._unsigned = unsigned
        self._nonces = Nonces()

    def check(self, headers: Mapping[str, str], now: float) -> Party | Denied:
        """Return who calls, or why not; ``headers`` have lower-case names, ``now`` is Unix time.

        ``ANYONE`` is who has not said it: the message does.
        """
        for scheme in SCHEMES.values():
            signed = scheme.read(headers)
            if signed is not None:
                break
        else:
            claims = any(name.startswith(("x-tif-", "_api_")) for name in headers)
            return ANYONE if self._unsigned and not claims else Denied("missing", MISSING)
        party = self.directory.find(signed.key_id)
        key_id = signed.key_id if party else ""
        if party is None or party.scheme != scheme.name:
            return Denied("unknown", UNKNOWN, key_id)
        if not scheme.matches(signed, party.secret):
            return Denied("wrong", WRONG, key_id)
        if not scheme.in_time(signed, now):
            return Denied("late", LATE, key_id)
        return self._first(signed, signed.at + scheme.window, now) or party

    def _first(self, signed: Signed, until: float, now: float) -> Denied | None:
        if not signed.nonce:
            return None
        message = self._nonces.takes(signed.key_id, signed.nonce, until, now)
        return Denied({REPLAYED: "replayed", FULL: "full"}[message], message, signed.key_id) if message else None
