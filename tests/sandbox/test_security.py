"""What a stranger, or a party beyond its own, tries: refused, logged, and nothing of a person is left anywhere."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.core.platform.refusals import REFUSALS
from simulator.sandbox.clock import machine
from simulator.sandbox.population import population
from tests.core.conftest import WARD
from tests.sandbox.control_client import ground
from tests.sandbox.serving import ROOT, WIRE, Caller, Server, invented, serving

_SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("security")) as started:
        yield started


@pytest.fixture
def caller(server: Server) -> Caller:
    return Caller(server)


@pytest.mark.parametrize(
    ("why", "headers"),
    [
        ("missing", lambda caller: {}),
        ("missing", lambda caller: {**caller.headers("1101"), "x-tif-nonce": "short"}),
        ("wrong", lambda caller: caller.headers("1101", secret="somebody else's")),
        ("wrong", lambda caller: {**caller.headers("1101"), "x-tif-signature": "0" * 64}),
        ("wrong", lambda caller: {**caller.headers("1101"), "x-tif-nonce": "0" * 32}),
        ("late", lambda caller: caller.headers("1101", at=time.time() - 301)),
        ("late", lambda caller: caller.headers("1101", at=time.time() + 400)),
        ("unknown", lambda caller: {**caller.headers("1101"), "x-tif-paasid": "H00000000000"}),
        ("unknown", lambda caller: {**caller.headers("1101"), "x-tif-paasid": "' OR 1=1 --"}),
    ],
)
def test_a_call_that_is_not_rightly_signed_is_refused_before_its_body_is_read(
    server: Server, caller: Caller, why: str, headers: Callable[[Caller], dict[str, str]]
) -> None:
    before = server.count(turned_away=why)
    answer = caller.post("1101", b"{", headers(caller))
    assert (answer.status, set(answer.json)) == (401, {"code", "message"})
    line = server.lines(before, event="call", turned_away=why)[-1]
    assert (line["http"], line["infno"], line["came_from"]) == (401, "1101", "127.0.0.1")
    assert caller.party.secret not in answer.body.decode()


def test_a_nonce_is_good_for_one_call(server: Server, caller: Caller) -> None:
    caller.sign_in()
    message = caller.desk.person_info(machine(), invented())
    headers = caller.headers("1101")
    assert caller.post("1101", WIRE.encode(message), headers).json["infcode"] == 0
    again = caller.post("1101", WIRE.encode(message), headers)
    assert (again.status, again.json["message"]) == (401, "请求已被使用!")
    later = caller.headers("1101", nonce=headers["x-tif-nonce"], at=time.time() + 1)
    assert caller.post("1101", WIRE.encode(message), later).status == 401
    assert server.lines(turned_away="replayed", party=caller.party.key_id)


def test_a_hospital_speaks_for_nobody_else(server: Server, caller: Caller) -> None:
    other = Caller(server, 1)
    message = other.desk.person_info(machine(), invented())  # as the other, signed by this one
    answer = caller.post("1101", WIRE.encode(message))
    assert answer.json["infcode"] == REFUSALS["not_yours"].code
    assert server.lines(refusal="not_yours", party=caller.party.key_id, infno="1101")


def test_a_hospital_speaks_from_its_own_area_only(server: Server, caller: Caller) -> None:
    message = caller.desk.person_info(machine(), invented()).with_head(mdtrtarea_admvs="320399")
    assert caller.post("1101", WIRE.encode(message)).json["infcode"] == REFUSALS["not_yours"].code


def test_a_city_passes_on_nothing_from_another_citys_area(server: Server, caller: Caller) -> None:
    party = server.ready["parties"][1]
    assert party["key_id"] == "C320300"
    message = caller.desk.person_info(machine(), invented(city="320500"))  # a visit to 南京, which is not its own
    caller.party = caller.party._replace(key_id=party["key_id"], secret=party["secret"])
    answer = caller.post("1101", WIRE.encode(message))
    assert answer.json["infcode"] == REFUSALS["not_yours"].code
    assert server.lines(refusal="not_yours", party="C320300")


def test_a_hospital_reads_and_changes_no_visit_of_another(server: Server) -> None:
    own, other = Caller(server, 0), Caller(server, 1)
    own.sign_in()
    other.sign_in()
    person = invented(2)
    visit = own.admit(person)
    now = machine()
    tried = {
        "5202": other.desk.about_visit(now, "5202", person, visit),
        "5204": other.desk.about_visit(now, "5204", person, visit),
        "2404": other.desk.about_visit(now, "2404", person, visit),
        "2402": other.desk.discharge(now, person, visit, now, WARD),
        "2304": other.desk.settle(now, "2304", person, visit, 100, use_account=False),
    }
    for infno, message in tried.items():
        reply = other.say(message)
        assert not reply.succeeded, infno
        assert not reply.blocks, infno
        assert server.lines(infno=infno, infcode=reply.infcode, party=other.party.key_id)
    assert own.say(own.desk.about_visit(machine(), "2404", person, visit)).succeeded  # it was left as it was


@pytest.mark.parametrize(
    "number", ["../../../etc/passwd", "/etc/passwd", "..%2f..%2fetc%2fpasswd", "yidi.db", "..\\yidi.db", "FILE/../../x"]
)
def test_a_file_number_is_no_path(server: Server, caller: Caller, number: str) -> None:
    caller.sign_in()
    stamp = f"{machine():%Y-%m-%d %H:%M:%S}"
    sent = json.loads((ROOT / "schemas/v1/examples/9102.request.json").read_text(encoding="utf-8"))
    code = caller.party.code
    sent |= {"msgid": f"{code}{machine():%Y%m%d%H%M%S}0001", "inf_time": stamp, "fixmedins_code": code}
    sent |= {"mdtrtarea_admvs": caller.party.area, "sign_no": caller.desk.sign_no}
    sent["input"]["fsDownloadIn"] |= {"file_qury_no": number, "filename": number, "fixmedins_code": code}
    answer = caller.post("9102", json.dumps(sent).encode())
    assert (answer.status, answer.json["infcode"] < 0, "output" in answer.json) == (200, True, False)
    assert b"root:" not in answer.body
    assert server.lines(infno="9102", infcode=answer.json["infcode"])


@pytest.mark.parametrize("path", ["/assets/../console.py", "/assets/..%2f..%2fconsole.py", "/assets//etc/passwd"])
def test_an_asset_is_no_path(server: Server, path: str) -> None:
    answer = server.get(path)
    assert (answer.status, b"import" in answer.body) == (404, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_the_control_port_takes_only_what_is_meant_for_this_machine(server: Server, headers: dict[str, str]) -> None:
    refused = server.get("/people", control=True, headers=headers)
    assert (refused.status, set(refused.json)) == (403, {"zh", "en"})
    assert server.lines(event="turned away", port="control", http=403)
    assert server.get("/clock", control=True, headers={"Host": "localhost:1", "Origin": "http://[::1]:2"}).status == 200


def test_the_control_port_listens_on_loopback_whatever_the_host(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0") as server:
        assert server.control_at.startswith("127.0.0.1:")
        _, _, port = server.control_at.partition(":")
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        assert {row[1] for row in rows if row[1].endswith(f":{int(port):04X}") and row[3] == "0A"} == {
            f"0100007F:{int(port):04X}"
        }


def test_a_script_for_a_name_stays_text(server: Server, caller: Caller) -> None:
    person = invented(3)
    row = {
        "psn_no": "N1",
        "certno": "C1",
        "name": _SCRIPT,
        "gender": "1",
        "born": "1980-01-02",
        "insutype": "310",
        "psn_type": "11",
        "insured_area": person.insured_area,
        "balance": "0.00",
        "identities": [],
        "family": "",
    }
    loaded = server.send("POST", "/people", json.dumps(row).encode(), control=True)
    assert loaded.status in {200, 400}  # taken or refused, it is never markup
    caller.sign_in()
    message = caller.desk.person_info(machine(), person._replace(name=_SCRIPT, certno=_SCRIPT[:18]))
    caller.post("1101", WIRE.encode(message))
    for page in ("/", "/calls", "/parties", f"/messages/{caller.party.code}/{message.msgid}", f"/visits/{_SCRIPT}"):
        text = server.get(page.replace("<", "%3C").replace(">", "%3E")).body.decode()
        assert _SCRIPT not in text
        assert "alert(1)" not in text or html.escape(_SCRIPT) in text
    assert _SCRIPT not in server.log.read_text()


@pytest.mark.parametrize("areas", ["320381", pytest.param(("3203", "3205"), marks=pytest.mark.slow)])
def test_logs_and_pages_name_nobody(tmp_path: Path, areas: Any) -> None:
    """Stays of every kind of person are played; then all that was logged and shown is searched for all of them."""
    network, today = ground().network, dt.datetime.now(dt.UTC).date()
    facts = [fact for _, fact in population(network, today) if hasattr(fact, "person")]
    people = {fact.person.psn_no: fact.person for fact in facts if hasattr(fact.person, "certno")}
    played = [psn_no for psn_no in people if psn_no.startswith(areas)]
    assert len(played) > 20
    with serving(tmp_path) as server:
        visits, phones = set(), set()
        for psn_no in played:
            answer = server.send("POST", "/stays", json.dumps({"person": psn_no}).encode(), control=True)
            visits |= {visit.decode() for visit in re.findall(rb"S[0-9]{19}", answer.body)}
            server.get(f"/people/{psn_no}", control=True)
        caller = Caller(server)
        caller.sign_in()
        for number in range(1, 12):
            visit, phone = _admitted_with_phone(caller, number)
            visits.add(visit)
            phones.add(phone)
        pages = ["/", "/calls", "/parties", "/money", "/health", "/faults", "/docs", "/metrics", "/readyz"]
        pages += [f"/visits/{visit}" for visit in visits if visit]
        shown = b"\n".join(server.get(f"{page}?lang={lang}").body for page in pages for lang in ("zh", "en"))
        assert len(server.lines(event="call")) > 2 * len(played)
        assert sum("person" in line for line in server.lines(event="call")) > len(played)
        assert len(visits) > 10
    texts = {
        "pages": shown.decode(),
        "log": server.log.read_text(encoding="utf-8"),
        "standard error": (tmp_path / "yidi.err").read_text(encoding="utf-8"),
    }
    keys = {party["secret"] for party in server.ready["parties"]}
    names = {person.name for person in people.values()}
    numbers = {number for person in people.values() for number in (person.psn_no, person.certno)}
    for where, text in texts.items():
        assert not _found(numbers | phones | keys | names, text), where
    assert "*" in texts["pages"]


def _admitted_with_phone(caller: Caller, number: int) -> tuple[str, str]:
    """Admit a person who leaves a phone number; return the visit, empty where it was refused, and the number."""
    now, phone = machine(), f"1390000{number:04d}"
    asked = caller.desk.admit(now, invented(number, "320500"), now, WARD).with_fields("mdtrtinfo", {"tel": phone})
    reply = caller.say(asked)
    return (str(reply.block("result")["mdtrt_id"]) if reply.succeeded else ""), phone


def _found(words: set[str], text: str) -> list[str]:
    """Words in a text: of each line, once, every stretch as long as a word is looked up among the words."""
    lengths = {len(word) for word in words}
    found = (
        line[max(0, at - 80) : at + 80]
        for line in set(text.splitlines())
        for length in lengths
        for at in range(len(line) - length + 1)
        if line[at : at + length] in words
    )
    return list(itertools.islice(found, 3))
