"""A server that answers everything with one small reply: for the self-test, and to measure the player itself.

    python -m simulator.traffic.plain_server [--seconds WAIT]

It prints its port, and serves until it is told to end.
"""

from __future__ import annotations

import argparse
import asyncio
import signal

import uvloop

BODY = b'{"infcode":0,"inf_refmsgid":"000000000000000000000000000000","err_msg":"","output":{"setl_id":"S1"}}'
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
REPLY = _HEAD % len(BODY) + BODY
_LENGTH = b"content-length:"


class _Line(asyncio.Protocol):
    """A connection; requests on it are answered in turn, each some time after it came."""

    def __init__(self, wait_seconds: float) -> None:
        self._wait, self._text = wait_seconds, b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._text += data
        while (end := self._text.find(b"\r\n\r\n") + 4) > 3:
            head = self._text[:end].lower()
            at = head.find(_LENGTH)
            length = int(head[at + len(_LENGTH) :].partition(b"\r\n")[0]) if at >= 0 else 0
            if len(self._text) < end + length:
                return
            self._text = self._text[end + length :]
            if self._wait:
                self._loop.call_later(self._wait, self._transport.write, REPLY)
            else:
                self._transport.write(REPLY)


async def _serve(wait_seconds: float) -> None:
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    server = await loop.create_server(lambda: _Line(wait_seconds), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await end.wait()
    server.close()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.0, help="how long each answer takes")
    uvloop.run(_serve(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
