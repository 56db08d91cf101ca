"""Links over TLS: a certificate is trusted because of the authority that is named, and for no other reason."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import schemas
from simulator.core.platform.message import Message
from simulator.inputs.wire import Wire
from simulator.sandbox.clock import Clock
from simulator.sandbox.links import Link, Peer
from simulator.sandbox.logs import Log
from simulator.sandbox.server import tls_context
from tests.sandbox.certificates import Issued, issued
from tests.sandbox.serving import Server, serving
from tests.sandbox.test_links import NOW, REPLY, SIGN, Elsewhere, signing_in
from tests.sandbox.test_operation import refused


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issued(tmp_path_factory.mktemp("theirs"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issued(tmp_path_factory.mktemp("other"))


def asked(files: Issued, ca: Path | None) -> tuple[Message | None, int, Any]:
    """Ask a platform with this certificate, trusting that authority; return the reply, its calls, and our log."""
    lines: list[bytes] = []

    async def whole() -> tuple[Message | None, int]:
        async with Elsewhere((200, REPLY), tls=tls_context(files.certificate, files.key)) as there:
            peer = Peer("320000", f"https://me:secret@localhost:{there.port}", SIGN, str(ca) if ca else "")
            way = Link(peer, schemas.load(), Clock(NOW), wait=5.0, log=log)
            try:
                return await way.ask("320100", signing_in()), len(there.heard)
            finally:
                await way.close()

    log = Log(lines.append)
    reply, heard = asyncio.run(whole())
    log.close()
    return reply, heard, [json.loads(line) for text in lines for line in text.splitlines()]


def test_the_authority_that_is_named_is_trusted(theirs: Issued) -> None:
    reply, heard, log = asked(theirs, theirs.authority)
    assert reply is not None
    assert (reply.succeeded, heard, log) == (True, 1, [])


def refusal(files: Issued, ca: Path | None) -> tuple[str, str]:
    """Ask where no connection is made; return what the caller is told, and what the log says."""
    reply, heard, log = asked(files, ca)
    assert reply is not None
    assert (reply.infcode, heard) == (-192, 0)
    wire, registry = Wire(schemas.load()), schemas.load()
    assert registry.check_text("9001", "response", wire.encode(reply).decode()) == ()
    (line,) = log
    assert (line["event"], line["to"], line["ended"], line["infno"]) == ("no reply", "320000", "not sent", "9001")
    assert line["at"].startswith("localhost:")
    assert "secret" not in json.dumps(log)
    return reply.head["err_msg"], line["why"]


def test_another_authority_is_refused_with_what_where_and_what_to_do(theirs: Issued, other: Issued) -> None:
    for ca in (other.authority, None):  # None: the machine's, which know nothing of ours
        told, logged = refusal(theirs, ca)
        assert told == "上级平台320000（证书不是由所信任的机构签发，请以ca指明该机构）不可达，报文未送出"
        assert logged == (
            "its certificate is of an authority that is not trusted here: name that authority's file as ca in --parties"
        )


def test_a_certificate_that_is_no_good_is_told_from_one_of_a_stranger(theirs: Issued, tmp_path: Path) -> None:
    elsewhere = issued(tmp_path / "elsewhere", "province.example")
    assert "for another name" in refusal(elsewhere, elsewhere.authority)[1]
    over = issued(tmp_path / "over", days=-1)
    assert "not valid at this time" in refusal(over, over.authority)[1]


def test_a_port_that_speaks_no_tls_is_told_as_such(theirs: Issued) -> None:
    async def whole() -> Message | None:
        async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        peer = Peer("320000", f"https://localhost:{server.sockets[0].getsockname()[1]}", SIGN, str(theirs.authority))
        way = Link(peer, schemas.load(), Clock(NOW), wait=5.0, log=Log())
        try:
            return await way.ask("320100", signing_in())
        finally:
            await way.close()
            server.close()

    reply = asyncio.run(whole())
    assert reply is not None
    assert "TLS不成" in reply.head["err_msg"]


def _parties(folder: Path, url: str, ca: str) -> str:
    file = folder / "parties.toml"
    file.write_text(f'[[party]]\nrole = "province"\ncode = "320000"\nurl = "{url}"\nca = "{ca}"\n', encoding="utf-8")
    return str(file)


def test_a_city_calls_its_province_over_tls_and_takes_no_other_for_it(
    tmp_path: Path, theirs: Issued, other: Issued
) -> None:
    own, city = tmp_path / "province", tmp_path / "city"
    for folder in (own, city):
        folder.mkdir()
    (city / "trusted.pem").write_bytes(theirs.authority.read_bytes())
    options = "--tls-cert", str(theirs.certificate), "--tls-key", str(theirs.key), "--city", "320300"
    with serving(own, *options) as province:
        url = province.ready["url"].replace("127.0.0.1", "localhost")

        def played(ca: str) -> tuple[Any, Server]:
            with serving(city, "--role", "city", "--admdvs", "320300", "--parties", _parties(city, url, ca)) as server:
                told = server.send("POST", "/stays", b'{"until": "1101"}', control=True)
                assert told.status == 200, told.body
                return told.json, server

        told, _ = played("trusted.pem")  # found beside the file of parties
        assert told["state"] == "identified"
        told, server = played(str(other.authority))
        assert (told["state"], told["refused"]["infcode"]) == ("unknown", -192)
        assert "请以ca指明该机构" in told["refused"]["err_msg"]
        assert {line["why"].partition(":")[0] for line in server.lines(event="no reply")} == {
            "its certificate is of an authority that is not trusted here"
        }


def test_certificates_to_trust_that_cannot_be_had_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for ca, reason in (("none.pem", "No such file"), ("empty.pem", "no certificate in PEM"), (".", "directory")):
        file = _parties(tmp_path, "https://localhost:1", ca)
        said = refused(tmp_path, "--role", "city", "--admdvs", "320300", "--parties", file)
        assert said.startswith(f"yidi serve: the certificates to trust for 320000, {tmp_path / ca}, are of no use (")
        assert reason in said
        assert said.endswith("name a readable PEM file as ca in --parties.\n")
        assert not (tmp_path / "x.db").exists()
