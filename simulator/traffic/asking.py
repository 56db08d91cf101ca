"""Asks the target one thing at a time, beside the run: sign-ins before it, what became of a settlement after it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple

import requests

import schemas
from simulator.core.platform.message import Message
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.packed_files import NotPacked, unpacked
from simulator.inputs.wire import Wire
from simulator.traffic.address import Address, Credentials

_JSON = "application/json;charset=utf-8"
_OK = 200


class Unanswered(Exception):
    """A call that was not answered by a message of the interface; ``zh`` and ``en`` say what came instead."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Answered(NamedTuple):
    """A call that was answered: both bodies, and the reply read."""

    request: bytes
    body: bytes
    reply: Message


class Asking:
    """Calls the target, signed; ``seconds`` is how long an answer is waited for."""

    def __init__(
        self, address: Address, parties: Mapping[str, Credentials], *, seconds: float, by: Credentials | None = None
    ) -> None:
        self._address, self._parties, self._seconds, self._by = address, parties, seconds, by
        self._registry = schemas.load()
        self._wire = Wire(self._registry)
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Asking:
        """Return this."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the connection."""
        self._session.close()

    def ask(self, message: Message) -> Answered:
        """Send a request and return what was answered; raises Unanswered."""
        return self.send(message, self._wire.encode(message))

    def send(self, message: Message, body: bytes) -> Answered:
        """Send a body as it stands, that of ``message``; raises Unanswered."""
        came = self._posted(message, body)
        return Answered(body, came, self.read(message, came))

    def fetch(self, message: Message) -> str:
        """Send a 9102 and return the text of the file it is answered with; raises Unanswered."""
        came = self._posted(message, self._wire.encode(message))
        try:
            return unpacked(came)
        except NotPacked as problem:
            raise Unanswered(f"9102 的应答{problem.zh}", f"the reply to 9102 is {problem}") from None

    def _posted(self, message: Message, body: bytes) -> bytes:
        address, infno = self._address, message.infno
        url = f"{address.scheme}://{address.authority}{address.path(infno)}"
        headers = {"content-type": _JSON, **self._signed(message)}
        try:
            came = self._session.post(
                url, body, headers=headers, timeout=self._seconds, verify=address.ca or True, allow_redirects=False
            )
        except requests.RequestException as problem:
            raise Unanswered(f"{infno} 未得到应答：{problem}", f"{infno} was not answered: {problem}") from problem
        if came.status_code != _OK:
            status = came.status_code
            raise Unanswered(f"{infno} 应答为HTTP {status}", f"{infno} was answered HTTP {status}")
        return came.content

    def read(self, asked: Message, body: bytes) -> Message:
        """Return the reply to a request that a body is; raises Unanswered for one that is none."""
        found = self._registry.check_text(asked.infno, "response", body)
        if found:
            first = found[0]
            raise Unanswered(f"{asked.infno} 的应答不合规：{first.zh}", f"the reply to {asked.infno}: {first.en}")
        parsed = schemas.parse(body)
        assert isinstance(parsed, dict)
        return self._wire.decode_reply(asked, parsed)

    def _signed(self, message: Message) -> dict[str, str]:
        sign = self._by or self._parties[message.party]
        scheme = SCHEMES.get(sign.scheme)
        if scheme is None:
            return {}
        return scheme.headers(sign.key_id, sign.secret, message.infno, time.time(), secrets.token_hex(16))
