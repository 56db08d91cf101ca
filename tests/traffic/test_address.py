"""Addresses as they are written, and requests signed as they are sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.inputs.errors import InputError
from simulator.inputs.gateways import SCHEMES, X_TIF
from simulator.traffic.address import Address, Credentials, Heads

NOW = 1935709200.25
PARTIES = {
    "H1": Credentials("x-tif", "key", "secret"),
    "H2": Credentials("api-hmac", "k2", "s2"),
    "H3": Credentials("none", "", ""),
}


@pytest.mark.parametrize(
    ("url", "path", "host"),
    [
        ("http://127.0.0.1:8080", "/2304", "127.0.0.1:8080"),
        ("http://city.example/", "/2304", "city.example"),
        ("https://city.example:443/fsi/api/", "/fsi/api/2304", "city.example"),
        (
            "http://city.example/fsi/api/rsfComIfsService/callService",
            "/fsi/api/rsfComIfsService/callService",
            "city.example",
        ),
        ("http://[::1]:81", "/2304", "[::1]:81"),
    ],
)
def test_an_address_says_where_a_transaction_is_called(url: str, path: str, host: str) -> None:
    address = Address.of(url)
    assert (address.path("2304"), address.authority) == (path, host)
    assert Address.of(address.url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8080",
        "ftp://a",
        "http://",
        "http://a:0",
        "http://a:99999",
        "http://a/?x=1",
        "http://u:p@a",
        "http://a b",
        "http://市.example",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        Address.of(url)


def test_certificates_to_trust_must_be_there_and_be_some(tmp_path: Path) -> None:
    missing, wrong = tmp_path / "missing.pem", tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    with pytest.raises(InputError, match=r"missing\.pem"):
        Address.of("https://a", ca=str(missing))
    with pytest.raises(InputError, match="holds no certificates"):
        Address.of("https://a", ca=str(wrong)).trusted()
    assert Address.of("http://a").trusted() is None
    assert Address.of("https://a").trusted() is not None


def headers(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


def test_a_request_is_whole_and_signed() -> None:
    heads = Heads(Address.of("http://127.0.0.1:8080/fsi"), PARTIES, unix_time=lambda: NOW)
    body = '{"infno":"2304","姓名":"张三"}'.encode()
    request = heads.request("H1", "2304", body)
    assert request.startswith(b"POST /fsi/2304 HTTP/1.1\r\nhost: 127.0.0.1:8080\r\n")
    assert request.endswith(b"\r\n\r\n" + body)
    said = headers(request)
    assert int(said["content-length"]) == len(body)
    signed = SCHEMES[X_TIF].read(said)
    assert signed is not None
    assert SCHEMES[X_TIF].matches(signed, "secret")
    assert signed.at == int(NOW)


def test_every_request_is_signed_anew_with_a_nonce_of_its_own() -> None:
    address = Address.of("http://127.0.0.1:8080")
    one, other = Heads(address, PARTIES), Heads(address, PARTIES)
    nonces = [headers(each.request("H1", "2304", b"{}"))["x-tif-nonce"] for each in (one, one, other, other) * 50]
    assert len(set(nonces)) == 200
    assert {len(nonce) for nonce in nonces} == {32}


def test_each_party_signs_in_its_own_way() -> None:
    heads = Heads(Address.of("http://127.0.0.1:8080"), PARTIES)
    assert headers(heads.request("H2", "2304", b"{}"))["_api_access_key"] == "k2"
    assert headers(heads.request("H3", "2304", b"{}")).keys() == {"host", "content-type", "content-length"}
    with pytest.raises(KeyError):
        heads.request("H4", "2304", b"{}")
