"""How a call to a platform elsewhere ends is told apart: a reply, not sent, or unknown; and it is never guessed."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson
import pytest

import schemas
from schemas.reading import read_examples
from simulator.core.network.hospital import Desk
from simulator.core.platform.message import Message
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.wire import Wire
from simulator.sandbox.clock import Clock
from simulator.sandbox.gate import Denied, Gate
from simulator.sandbox.links import Link, NotSent, Peer
from simulator.sandbox.logs import Log
from simulator.sandbox.parties import Directory, city_party
from tests.core.conftest import small_registry

NOW = dt.datetime(2024, 5, 6, 9)
SIGN = city_party("320100", "南京", "1")
REPLY = {
    "infcode": 0,
    "inf_refmsgid": "320000202405060900000000000001",
    "refmsg_time": "20240506090000000",
    "respond_time": "20240506090000000",
    "err_msg": "",
    "output": {"signinoutb": {"sign_time": "2024-05-06 09:00:00", "sign_no": "S1"}},
}
REFUSED = {
    **{name: value for name, value in REPLY.items() if name != "output"},
    "infcode": -106,
    "err_msg": "不属于本调用方",
}


class Heard(NamedTuple):
    """A call as the platform elsewhere gets it."""

    path: str
    headers: dict[str, str]
    body: bytes


class Elsewhere:
    """A platform elsewhere that answers one call after another as it is told: (status, body), or how it goes wrong."""

    def __init__(self, *answers: Any, tls: ssl.SSLContext | None = None) -> None:
        self.answers, self.heard, self._tls = list(answers), list[Heard](), tls
        self.release = asyncio.Event()

    async def __aenter__(self) -> Elsewhere:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release.set()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                body = await reader.readexactly(int(headers["content-length"]))
                self.heard.append(Heard(head[0].split()[1], headers, body))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer == "hang up":
                    return
                if answer == "late":
                    await self.release.wait()
                    answer = (200, REPLY)
                status, said = answer
                text = said if isinstance(said, bytes) else orjson.dumps(said)
                writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (status, len(text)) + text)
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def link(url: str, *, wait: float = 1.0) -> Link:
    return Link(Peer("320000", url, SIGN), schemas.load(), Clock(NOW), wait=wait, log=Log())


def signing_in() -> Message:
    registry = small_registry()
    return Desk(registry.institutions["H32019900001"], "320100").sign_in(NOW)


def asked(*answers: Any, wait: float = 1.0) -> tuple[Message | None, list[Heard]]:
    """Ask a platform that answers like this; return what the link told, and what the platform heard."""

    async def whole() -> tuple[Message | None, list[Heard]]:
        async with Elsewhere(*answers) as there:
            way = link(there.url, wait=wait)
            try:
                return await way.ask("320100", signing_in()), there.heard
            finally:
                await way.close()

    return asyncio.run(whole())


def test_a_reply_and_a_refusal_are_what_they_are() -> None:
    reply, heard = asked((200, REPLY))
    assert reply is not None
    assert (reply.key, reply.block("signinoutb")["sign_no"]) == (signing_in().key, "S1")
    assert [(each.path, each.body) for each in heard] == [("/9001", Wire(schemas.load()).encode(signing_in()))]
    refused, heard = asked((200, REFUSED))
    assert (refused.infcode if refused else None, len(heard)) == (-106, 1)


def test_a_call_is_signed_so_that_a_gateway_takes_it() -> None:
    _, heard = asked((200, REPLY))
    gate = Gate(Directory([SIGN], small_registry()))
    at = float(heard[0].headers["x-tif-timestamp"])
    assert gate.check(heard[0].headers, at) == SIGN
    assert isinstance(gate.check(heard[0].headers, at), Denied)  # a copy of it is refused


def test_an_address_of_the_one_service_is_called_as_it_stands() -> None:
    peer = Peer("320000", "https://a/fsi/api/rsfComIfsService/callService", SIGN)
    assert peer.address("9001") == peer.url
    assert peer._replace(url="https://a/b/").address("9001") == "https://a/b/9001"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
def test_where_nobody_listens_nothing_was_sent(url: str) -> None:
    async def whole() -> Message | None:
        way = link(url)
        try:
            return await way.ask("320100", signing_in())
        finally:
            await way.close()

    reply = asyncio.run(whole())
    assert reply is not None
    assert reply.infcode == -192
    assert "320000" in reply.head["err_msg"]
    assert schemas.load().check_text("9001", "response", Wire(schemas.load()).encode(reply).decode()) == ()


def test_a_platform_that_only_calls_cannot_be_reached() -> None:
    reply = asyncio.run(NotSent("320300", Clock(NOW)).ask("320000", signing_in()))
    assert reply.infcode == -192


def test_who_is_turned_away_at_the_door_has_sent_nothing() -> None:
    reply, heard = asked((401, {"code": 401}))
    assert reply is not None
    assert (reply.infcode, "HTTP 401" in reply.head["err_msg"], len(heard)) == (-192, True, 2)


def test_one_401_may_be_about_a_copy_the_network_made() -> None:
    reply, heard = asked((401, {"code": 401}), (200, REPLY))
    assert reply is not None
    assert reply.succeeded
    assert len({each.headers["x-tif-nonce"] for each in heard}) == 2


def test_what_broke_off_is_sent_again_under_the_same_msgid_signed_anew() -> None:
    reply, heard = asked("hang up", (503, b""), (200, REPLY))
    assert reply is not None
    assert reply.succeeded
    assert len({each.body for each in heard}) == 1
    assert len({each.headers["x-tif-nonce"] for each in heard}) == 3


@pytest.mark.parametrize(
    "answer",
    [
        "hang up",
        (500, b"oops"),
        (200, b"<html>"),
        (200, {"infcode": 0}),
        (200, {**REPLY, "output": {}}),
        (200, b" " * (9 << 20)),
    ],
)
def test_what_tells_nothing_leaves_the_outcome_unknown(answer: Any) -> None:
    reply, heard = asked(answer, wait=0.4)
    assert reply is None
    assert len(heard) > 1


def test_after_a_call_that_broke_off_a_closed_door_is_no_proof_that_nothing_was_sent() -> None:
    async def whole() -> Message | None:
        async with Elsewhere("hang up") as there:
            way = link(there.url, wait=0.5)
            asking = asyncio.create_task(way.ask("320100", signing_in()))
            while not there.heard:
                await asyncio.sleep(0)
            there._server.close()
            try:
                return await asking
            finally:
                await way.close()

    assert asyncio.run(whole()) is None


def test_a_settlement_without_its_time_tells_nothing() -> None:
    """The schema lets it out, and the books of a day cannot do without it."""
    example = orjson.loads(read_examples("v1")["2305", "response"])
    asked_for = signing_in()._replace(infno="2305")
    way = link("http://127.0.0.1:1")
    assert isinstance(way._read(asked_for, 200, orjson.dumps(example)), Message)
    del example["output"]["setlinfo"][0]["setl_time"]
    found = way._read(asked_for, 200, orjson.dumps(example))
    assert "setl_time" in str(found)


def with_late(story: Callable[[Elsewhere, Link], Awaitable[Any]], wait: float) -> Any:
    async def whole() -> Any:
        async with Elsewhere("late") as there:
            way = link(there.url, wait=wait)
            try:
                return await story(there, way)
            finally:
                await way.close()

    return asyncio.run(whole())


def test_a_late_reply_comes_in_when_it_comes() -> None:
    async def story(there: Elsewhere, way: Link) -> Message | None:
        asking = asyncio.create_task(way.ask("320100", signing_in()))
        await asyncio.sleep(0.3)  # three times as long as the platform waits
        there.release.set()
        return await asking

    reply = with_late(story, wait=0.1)
    assert reply.succeeded


def test_nobody_waits_for_ever() -> None:
    assert with_late(lambda there, way: way.ask("320100", signing_in()), wait=0.05) is None


def test_asking_again_lets_the_earlier_call_go() -> None:
    async def story(there: Elsewhere, way: Link) -> tuple[bool, Message | None]:
        first = asyncio.create_task(way.ask("320100", signing_in()))
        while not there.heard:
            await asyncio.sleep(0)
        second = asyncio.create_task(way.ask("320100", signing_in()))
        while len(there.heard) < 2:
            await asyncio.sleep(0)
        there.release.set()
        return first.cancelled(), await second

    cancelled, reply = with_late(story, wait=2.0)
    assert cancelled
    assert reply.succeeded


def test_connections_are_kept() -> None:
    async def whole() -> set[int]:
        ports = set()
        async with Elsewhere((200, REPLY)) as there:
            way = link(there.url)
            for _ in range(3):
                await way.ask("320100", signing_in())
                assert way._open is not None
                ports |= {id(each) for pool in way._open.connector._conns.values() for each, _ in pool}  # type: ignore[union-attr]
            await way.close()
        return ports

    assert len(asyncio.run(whole())) == 1


def test_every_scheme_of_the_gateways_can_be_signed_with() -> None:
    for name in SCHEMES:
        way = Link(Peer("320000", "", SIGN._replace(scheme=name)), schemas.load(), Clock(NOW), wait=1.0, log=Log())
        assert SCHEMES[name].read({k.lower(): v for k, v in way._signed("9001").items()})
    unsigned = Link(Peer("3", "", SIGN._replace(scheme="none")), schemas.load(), Clock(NOW), wait=1.0, log=Log())
    assert set(unsigned._signed("9001")) == {"content-type"}
