"""What a hostile caller sends, by a seed: bodies no parser likes, frames that are none, and connections that never end.

Run as a module it attacks a server and prints what came of it as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import schemas
from benchmarks.hostile import HOSTILE
from simulator.inputs.gateways import SCHEMES

_PATIENCE = 20.0  # seconds, beyond which a connection counts as hung
_EXAMPLES = schemas.load().examples
_MEGABYTE = b" " * (1 << 20)
_NUMBERS = ("2304", "2301", "1101", "2401", "9102", "9101", "2601", "8888", "C001")


class Target(NamedTuple):
    """Who is attacked, and with whose key."""

    host: str
    port: int
    key_id: str
    secret: str


class Shot(NamedTuple):
    """What is sent on one connection, piece by piece; ``ends`` says that no more will come."""

    name: str
    pieces: Callable[[], Iterator[bytes]]
    ends: bool = False


def signed(target: Target, infno: str) -> list[str]:
    """Return the head lines of a rightly signed call."""
    scheme = SCHEMES["x-tif"]
    made = scheme.headers(target.key_id, target.secret, infno, time.time(), secrets.token_hex(16))
    return [f"{name}: {value}" for name, value in made.items()]


def head(target: Target, infno: str, *lines: str, method: str = "POST", path: str = "") -> bytes:
    """Return the head of a call."""
    address = path or f"/{infno}"
    rows = [f"{method} {address} HTTP/1.1", "host: x", *lines, *signed(target, infno)]
    return ("\r\n".join(rows) + "\r\n\r\n").encode("latin-1")


# -- bodies -----------------------------------------------------------------------------------------------------------


def _example(chance: random.Random) -> tuple[str, str]:
    infno, direction = chance.choice([each for each in _EXAMPLES if each[1] == "request"])
    return infno, _EXAMPLES[infno, direction]


def _spoilt(chance: random.Random, value: Any) -> Any:
    """Return a value with something in it replaced by what does not belong there."""
    if isinstance(value, dict) and value:
        name = chance.choice(list(value))
        if chance.random() < 0.2:
            return {other: each for other, each in value.items() if other != name}
        return {**value, name: _spoilt(chance, value[name])}
    if isinstance(value, list) and value:
        return [_spoilt(chance, value[0]), *value[1:]]
    return chance.choice(_STRANGE)


_STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**39,
    0.1,
    "",
    "\x00",
    "💣" * 99,
    "A" * 70_000,
    [],
    {},
    [[]],
    "../x",
    "'--",
)


def _misfit(chance: random.Random, text: str) -> bytes:
    message = json.loads(text)
    for _ in range(chance.randrange(1, 4)):
        message = _spoilt(chance, message)
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _surrogates(chance: random.Random, text: str) -> bytes:
    half = chance.choice([b"\xed\xa0\x80", b"\\ud800", b"\\udfff\\ud800"])
    return text.encode().replace(b'": "', b'": "' + half, 2)


def _no_number(chance: random.Random, text: str) -> bytes:
    return text.encode().replace(b"1", chance.choice([b"NaN", b"Infinity", b"-Infinity", b"1e999"]), 3)


def _changed(chance: random.Random, text: str) -> bytes:
    whole = text.encode()
    place = chance.randrange(len(whole))
    return whole[:place] + chance.randbytes(1) + whole[place + 1 :]


def _other_text(chance: random.Random, text: str) -> bytes:
    return chance.choice([text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode(), b"", b"null", b"[]", b"\x00"])


_BODIES: dict[str, Callable[[random.Random, str], bytes]] = {
    "truncated": lambda chance, text: text.encode()[: chance.randrange(len(text))],
    "not a number": _no_number,
    "a million digits": lambda chance, text: b'{"infno":' + b"7" * 1_000_000 + b"}",
    "duplicate keys": lambda chance, text: b'{"infno":"1101",' + text.encode()[1:],
    "lone surrogates": _surrogates,
    "GB18030": lambda chance, text: text.encode("gb18030"),
    "nested": lambda chance, text: chance.choice([b"[", b'{"a":', b"[[{"]) * 100_000,
    "random bytes": lambda chance, text: chance.randbytes(chance.randrange(1, 5_000)),
    "no UTF-8": _other_text,
    "much work": lambda chance, text: HOSTILE[chance.choice(sorted(HOSTILE))](chance.choice(_SIZES)).encode(),
    "a byte changed": _changed,
    "misfits": _misfit,
}
_SIZES = (2_000, 20_000, 200_000)


def _with_body(target: Target, chance: random.Random) -> Shot:
    infno, text = _example(chance)
    name = chance.choice(sorted(_BODIES))
    body = _BODIES[name](chance, text)
    if chance.random() < 0.1:
        infno = chance.choice(_NUMBERS)
    path = "/fsi/api/rsfComIfsService/callService" if chance.random() < 0.3 else ""
    return Shot(name, lambda: iter([head(target, infno, f"content-length: {len(body)}", path=path), body]))


# -- frames -----------------------------------------------------------------------------------------------------------


def _endless(first: bytes, piece: bytes, times: int) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        yield first
        for _ in range(times):
            yield piece

    return pieces


def _frame(target: Target, chance: random.Random) -> Shot:
    """Return something that is wrong as HTTP."""
    body = _example(chance)[1].encode()
    chunked = "transfer-encoding: chunked"
    megabyte = b"100000\r\n" + _MEGABYTE + b"\r\n"
    ended = {
        "too long a length": head(target, "1101", f"content-length: {len(body) + 50}") + body,
        "no length": head(target, "1101") + body,
        "a head cut off": head(target, "1101")[: chance.randrange(5, 60)],
        "a chunk cut off": head(target, "1101", chunked) + b"20\r\n{",
    }
    whole = {
        "too short a length": head(target, "1101", "content-length: 5") + body,
        "negative length": head(target, "1101", "content-length: -1") + body,
        "two lengths": head(target, "1101", "content-length: 1", "content-length: 2") + body,
        "a length of words": head(target, "1101", "content-length: many") + body,
        "a length beyond any": head(target, "1101", f"content-length: {10**30}") + body,
        "length and chunks": head(target, "1101", "content-length: 3", chunked) + b"0\r\n\r\n",
        "chunks of no size": head(target, "1101", chunked) + b"zz\r\n{}\r\n0\r\n\r\n",
        "a chunk beyond any": head(target, "1101", chunked) + b"f" * 40 + b"\r\n{}",
        "a chunk without end": head(target, "1101", chunked) + b"2\r\n{}xx",
        "chunks of chunks": head(target, "1101", "transfer-encoding: chunked, chunked") + b"0\r\n\r\n",
        "no HTTP": chance.randbytes(300),
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(500),
        "a line without a colon": b"POST /1101 HTTP/1.1\r\nhost\r\n\r\n",
        "a space before the colon": b"POST /1101 HTTP/1.1\r\ncontent-length : 5\r\n\r\n",
        "another version": b"POST /1101 HTTP/9.9\r\nhost: x\r\n\r\n",
        "an upgrade": head(target, "1101", "connection: upgrade", "upgrade: websocket", "content-length: 2") + b"{}",
        "a method of its own": head(target, "1101", method="BREW"),
        "connect": head(target, "1101", method="CONNECT", path="x:443"),
        "bytes in the address": b"POST /\xff\xfe%00%zz/../1101 HTTP/1.1\r\nhost: x\r\n\r\n",
        "a long address": b"POST /" + b"1" * 60_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        "a head without end": b"POST /1101 HTTP/1.1\r\n" + b"x-a: " + b"a" * 700_000,
        "heads without end": b"POST /1101 HTTP/1.1\r\n" + b"x-a: b\r\n" * 100_000,
        "many at once": 30 * head(target, "8888", "content-length: 0"),
        "signed twice": head(target, "1101", *signed(target, "1101"), "content-length: 2") + b"{}",
        "odd signatures": head(target, "1101", "x-tif-signature: \xe9\xff", "content-length: 0"),
        "expecting": head(target, "1101", "expect: 100-continue", "content-length: 2") + b"{}",
    }
    large = {
        "50 MB": _endless(head(target, "9101", f"content-length: {50 << 20}"), _MEGABYTE, 50),
        "50 MB in chunks": _endless(head(target, "9101", chunked), megabyte, 50),
        "2 MB": _endless(head(target, "9101", f"content-length: {2 << 20}"), _MEGABYTE, 2),
    }
    kind = chance.random()
    if kind < 0.03:
        name = chance.choice(sorted(large))
        return Shot(name, large[name])
    if kind < 0.2:
        name = chance.choice(sorted(ended))
        return Shot(name, lambda: iter([ended[name]]), ends=True)
    name = chance.choice(sorted(whole))
    return Shot(name, lambda: iter([whole[name]]), ends=name.endswith("without end"))


def shot(target: Target, chance: random.Random) -> Shot:
    """Return the next thing to send."""
    return _with_body(target, chance) if chance.random() < 0.7 else _frame(target, chance)


# -- sending ----------------------------------------------------------------------------------------------------------


async def sent(target: Target, one: Shot) -> str:
    """Send a shot; return the first line of the answer, "closed" for none, "hung" where nothing came in time."""
    writer = None
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(target.host, target.port)
            with contextlib.suppress(ConnectionError):
                for piece in one.pieces():
                    writer.write(piece)
                    await writer.drain()
                if one.ends:
                    writer.write_eof()
            return (await reader.readline()).decode("latin-1").strip() or "closed"
    except TimeoutError:
        return "hung"
    except OSError:
        return "closed"
    finally:
        if writer is not None:
            writer.transport.abort()


async def trickle(target: Target, chance: random.Random) -> None:
    """Hold connections for ever: a head, or the body of a signed call, a byte now and then."""
    while True:
        writer = None
        try:
            _, writer = await asyncio.open_connection(target.host, target.port)
            text = head(target, "1101", "content-length: 1000")
            if chance.random() < 0.5:
                writer.write(text)
                text = b"{" * 1000
            for byte in text:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(chance.uniform(0.5, 3))
        except OSError:
            await asyncio.sleep(0.2)
        finally:
            if writer is not None:
                writer.transport.abort()


async def attack(target: Target, seed: int, *, most: int, rate: float, slow: int, at_once: int = 20) -> dict[str, Any]:
    """Send ``most`` shots, at most ``rate`` a second, while ``slow`` connections trickle; return what came of them."""
    chance = random.Random(seed)
    trickling = [asyncio.create_task(trickle(target, random.Random(chance.random()))) for _ in range(slow)]
    outcomes: Counter[str] = Counter()
    bad: list[str] = []
    room = asyncio.Semaphore(at_once)
    under_way: set[asyncio.Task[None]] = set()

    async def one(made: Shot) -> None:
        async with room:
            answer = await sent(target, made)
        code = answer.split(" ")[1] if answer.startswith("HTTP/1.1 ") else answer
        outcomes[code] += 1
        if code.startswith("5") or code == "hung":
            bad.append(f"{made.name}: {answer}")

    begun = time.monotonic()
    for number in range(most):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        while len(under_way) > 4 * at_once:
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(one(shot(target, chance)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    if under_way:
        await asyncio.wait(under_way)
    for each in trickling:
        each.cancel()
    return {"sent": most, "outcomes": outcomes, "bad": bad, "seconds": round(time.monotonic() - begun, 1)}


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    came = asyncio.run(attack(Target(*given.pop("target")), given.pop("seed"), **given))
    print(json.dumps(came, ensure_ascii=False))
