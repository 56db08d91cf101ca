"""The listener above a system under test, over real sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping

import pytest
import requests

from conformance.upstream import Upstream
from conformance.wire import Told

BODY = b'{"infcode":0}'


@pytest.fixture
def listen() -> Iterator[Callable[[Told], Upstream]]:
    """Make listeners that answer everything alike."""
    opened: list[Upstream] = []

    def make(told: Told) -> Upstream:
        opened.append(Upstream("127.0.0.1", 0, lambda path, headers, body: told))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def call(upstream: Upstream, seconds: float = 5.0) -> requests.Response:
    return requests.post(f"http://127.0.0.1:{upstream.port}/fsi/2401", b"{}", timeout=seconds)


def test_what_is_told_comes_back() -> None:
    seen: list[tuple[str, Mapping[str, str], bytes]] = []

    def heard(path: str, headers: Mapping[str, str], body: bytes) -> Told:
        seen.append((path, headers, body))
        return Told(200, BODY)

    upstream = Upstream("127.0.0.1", 0, heard)
    reply = requests.post(
        f"http://127.0.0.1:{upstream.port}/x/2401", "徐".encode(), headers={"X-Tif-Nonce": "1"}, timeout=5
    )
    upstream.close()
    assert (reply.status_code, reply.content) == (200, BODY)
    ((path, heard_headers, body),) = seen
    assert (path, heard_headers["x-tif-nonce"], body) == ("/x/2401", "1", "徐".encode())


def test_a_connection_is_kept(listen: Callable[[Told], Upstream]) -> None:
    upstream, session = listen(Told(200, BODY)), requests.Session()
    for _ in range(3):
        assert session.post(f"http://127.0.0.1:{upstream.port}/", b"", timeout=5).content == BODY
    session.close()


def test_nothing_is_told_and_the_connection_ends(listen: Callable[[Told], Upstream]) -> None:
    with pytest.raises(requests.ConnectionError):
        call(listen(Told(0, b"", "request_lost")))


def test_an_answer_is_cut_in_the_middle(listen: Callable[[Told], Upstream]) -> None:
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        call(listen(Told(200, BODY, "cut")))


def test_an_answer_comes_late(listen: Callable[[Told], Upstream]) -> None:
    begun = time.monotonic()
    assert call(listen(Told(200, BODY, "slow", 0.3))).content == BODY
    assert time.monotonic() - begun >= 0.3
    with pytest.raises(requests.Timeout):
        call(listen(Told(200, BODY, "slow", 0.6)), 0.1)


@pytest.mark.parametrize("length", ["-1", "x", "", "99999999999"])
def test_a_length_that_is_none_is_refused(listen: Callable[[Told], Upstream], length: str) -> None:
    with socket.create_connection(("127.0.0.1", listen(Told(200, BODY)).port), 5) as wire:
        wire.sendall(f"POST / HTTP/1.1\r\ncontent-length: {length}\r\n\r\n".encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 411")


def test_it_says_that_it_is_there(listen: Callable[[Told], Upstream]) -> None:
    upstream = listen(Told(200, BODY))
    assert requests.get(f"http://127.0.0.1:{upstream.port}/healthz", timeout=5).json() == {"bench": True}
    assert requests.get(f"http://127.0.0.1:{upstream.port}/other", timeout=5).status_code == 404
