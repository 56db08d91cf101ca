"""The console shows what happened, masked, in both languages, and lets no text of a message become a page."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

import schemas
from simulator.core.audit.docket import Entry as Doubt
from simulator.core.audit.rules import Finding, Questioned
from simulator.inputs.platforms import ground_of
from simulator.outputs.texts import Say
from simulator.sandbox.app import business_app, control_app
from simulator.sandbox.bills import billed, rows_of
from simulator.sandbox.clock import Clock
from simulator.sandbox.journal import Reader
from simulator.sandbox.sandbox import Sandbox

PAGES = ("/", "/calls", "/parties", "/money", "/health", "/faults", "/docs", "/docs/2304")
EXTERNAL = re.compile(
    r"""(?:src|href|action|srcset|poster|data|formaction|xlink:href)\s*=\s*["']?\s*(?:[a-z]+:)?//|url\(\s*["']?(?:[a-z]+:)?//"""
    r"""|@import|(?:fetch|import)\(\s*["'](?:[a-z]+:)?//""",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A sandbox with one stay settled over it, and a browser's side of it."""
    folder: Path = tmp_path_factory.mktemp("console")
    sandbox = Sandbox(ground_of("jiangsu-2023"), folder / "yidi.db", clock=Clock(), failed=print)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            assert (await receive())["type"] == "lifespan.startup"
            await sandbox.start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await sandbox.stop()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["path"].startswith("/control"):
            await control(dict(scope, path=scope["path"].removeprefix("/control")), receive, send)
        else:
            await business(scope, receive, send)

    business, control = business_app(sandbox), control_app(sandbox)
    app.sandbox = sandbox  # type: ignore[attr-defined]
    with TestClient(app, headers={"accept-language": "en"}) as client:
        settled = client.post("/control/stays", json={"person": "320381000000000001"}).json()
        assert settled["state"] == "settled"
        yield client, settled


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_whole_in_both_languages(site: Any, path: str, lang: str) -> None:
    client, _ = site
    answer = client.get(path, params={"lang": lang})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == {"zh": "zh-CN", "en": "en"}[lang]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.text.count("<h1>") == 1 or path == "/calls"


def test_the_latest_calls_are_listed_and_filtered(site: Any) -> None:
    client, settled = site
    assert "/visits/" + settled["mdtrt_id"] in client.get("/calls").text
    for wanted, listed in (
        ({"infno": "2304"}, 1),
        ({"infno": "9999"}, 0),
        ({"result": "1"}, 0),
        ({"person": "001"}, 1),
    ):
        assert ("/visits/" in client.get("/calls", params=wanted).text) == bool(listed), wanted


def test_a_visit_is_drawn_across_the_tiers(site: Any) -> None:
    client, settled = site
    page = client.get(f"/visits/{settled['mdtrt_id']}").text
    drawn = page[page.index("<svg") : page.index("</svg>")]
    for infno in ("2401", "2301", "2402", "2303", "2304"):
        assert drawn.count(f">{infno}</text>") == 3, infno  # hospital → city → province → city
        assert drawn.count(f">{infno} 0</text>") == 3, infno
    for name in ("南京市示例第一医院", "Nanjing", "province", "Xuzhou"):
        assert name in page
    targets, ids = re.findall(r'href="#(m[0-9]+)"', drawn), re.findall(r'<details id="(m[0-9]+)"', page)
    assert targets == ids == [f"m{number}" for number in range(1, 31)]


def test_a_visit_is_found_by_what_changed_nothing_too(site: Any) -> None:
    """A refused settlement and a trial one leave no fact about the visit: they are found after a restart as well."""
    client, _ = site
    stay = client.post("/control/stays", json={"person": 3, "until": "discharged"}).json()
    rule = {"do": "wrong_amount", "field": "fund_pay_sumamt", "from": "320300", "infno": "2304", "count": 1}
    assert client.post("/control/faults", json=rule).status_code == 200
    client.post(f"/control/stays/{stay['stay']}", json={"until": "settled"})
    client.delete("/control/faults")
    observer = client.app.sandbox.observer
    for forget in (False, True):
        if forget:
            observer._seen.clear()
        page = client.get(f"/visits/{stay['mdtrt_id']}").text
        assert "2303 0" in page
        assert "2304 -" in page
        assert "2304 0 wrong_amount" in page


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("less the deductible", "rate applied 87%", "in force from 2023-01-01", "confidence C", "tertiary")),
        ("zh", ("减：起付标准", "适用比例87%", "2023-01-01起有效", "可信度C", "三级")),
    ],
)
def test_a_settlement_has_its_receipt(site: Any, lang: str, said: tuple[str, ...]) -> None:
    client, settled = site
    page = client.get(f"/visits/{settled['mdtrt_id']}", params={"lang": lang}).text
    receipt = page[page.index('id="receipts"') : page.index('id="findings"')]
    assert settled["setl_id"] in receipt
    for words in (*said, "8,863.53", "7,015.27"):
        assert words in receipt, words
    assert 'role="alert"' not in receipt


def test_a_receipt_that_differs_from_the_row_says_so(site: Any) -> None:
    client, _ = site
    sandbox = client.app.sandbox
    reader = Reader(sandbox.engine.store)
    row = next(row for entry in sandbox.engine.store.entries() for row in rows_of(reader.facts(entry)))
    wrong = row._replace(shares=row.shares._replace(psn_cash_pay=row.shares.psn_cash_pay + 1))
    mirror = row.cancelled("A2", row.at)
    assert [bill.agrees for bill in billed(Say("en"), sandbox.ground, (row, wrong, mirror))] == [True, False, True]


def test_what_is_wrong_with_a_message_is_said_beside_it(site: Any) -> None:
    client, _ = site
    rule = {"do": "wrong_amount", "name": "off", "field": "fund_pay_sumamt", "from": "320300", "infno": "2304"}
    assert client.post("/control/faults", json=rule).status_code == 200
    stay = client.post("/control/stays", json={"person": 8}).json()
    client.delete("/control/faults")
    page = client.get(f"/visits/{stay['mdtrt_id']}").text
    assert "2304 0 wrong_amount" in page
    assert "[bill-is-shared-out]" in page
    assert "places are not as the interface says" in page


def test_what_the_audit_finds_stands_at_the_visit(site: Any) -> None:
    client, settled = site
    sandbox = client.app.sandbox
    row = Questioned("1", "C1", 12_345, 12_345)
    words = "a finding of the <test>"
    what = ("price-over-cap", "1", "超限价", "policy", 1, "deduct", "item", settled["setl_id"], settled["mdtrt_id"])
    finding = Finding(*what, "P", (row,), (), "测试所见", words)
    docket = sandbox.engine.host.nodes["320100"].audit.audit.docket
    docket.entries["F1"] = Doubt(finding, dt.datetime(2024, 5, 6), dt.date(2024, 5, 20))
    try:
        for lang, said in (("en", "a finding of the &lt;test&gt;"), ("zh", "测试所见")):
            page = client.get(f"/visits/{settled['mdtrt_id']}", params={"lang": lang}).text
            for part in (said, "F1", "123.45", "2024-05-20"):
                assert part in page, part
    finally:
        del docket.entries["F1"]


def test_faults_are_listed_with_what_they_do_and_whom_they_spare(site: Any) -> None:
    client, settled = site
    rule = {"do": "delay", "ms": [5, 9], "name": "slow", "person": settled["psn_no"], "share": 0.5, "to": "320300"}
    assert client.post("/control/faults", json=rule).status_code == 200
    page = client.get("/faults").text
    client.delete("/control/faults")
    for part in ("slow", "delay", "any → Xuzhou", "320*************01", "5–9", "0.5"):
        assert part in page, part
    assert settled["psn_no"] not in page


def test_the_whole_console_is_reached_by_links_and_loads_nothing_from_outside(site: Any) -> None:
    client, _ = site
    seen, left = set(), ["/?lang=en", "/?lang=zh"]
    while left:
        path = left.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == 200, path
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        assert not EXTERNAL.search(answer.text), path
        found = (html.unescape(each) for each in re.findall(r'(?:href|src)="([^"#]+)', answer.text))
        left += [urljoin(path, each) for each in found if not each.startswith("data:")]
    for name in ("console.css", "console.js"):
        assert not EXTERNAL.search(client.get(f"/assets/{name}").text)
    assert {f"/docs/{infno}?lang=zh" for infno in schemas.load().transactions} <= seen
    assert {"/docs/2304/request.json", "/docs/codes/insutype?lang=en", "/openapi.json"} <= seen


def test_a_transaction_is_shown_with_all_there_is_to_know(site: Any) -> None:
    client, _ = site
    page = client.get("/docs/2304", params={"lang": "en"}).text
    parts = (
        "psn_cash_pay",
        "16,2",
        "/docs/codes/mdtrt_cert_type",
        "bill-is-shared-out",
        "not_filed",
        "output.setlinfo",
    )
    for part in parts:
        assert part in page, part
    columns = client.get("/docs/1301", params={"lang": "en"}).text
    assert "Columns of the file" in columns
    assert client.get("/docs/2304/request.json").json()["$id"]
    assert client.get("/docs/2304/reply.json").status_code == client.get("/docs/codes/none").status_code == 404
    found = client.get("/docs", params={"q": "psn_cash_pay"}).text
    assert "/docs/2304?" in found
    assert "/docs/1101?" not in found
    assert "No transaction fits" in client.get("/docs", params={"q": "<nothing>"}).text


def test_nobody_is_shown_unmasked(site: Any) -> None:
    client, settled = site
    paths = (*PAGES, f"/visits/{settled['mdtrt_id']}")
    pages = "".join(client.get(path).text for path in paths)
    assert "王建国" not in pages
    assert settled["psn_no"] not in pages
    (certno,) = set(re.findall(r'"(?:certno|mdtrt_cert_no)":\s*"(99[0-9]{15}[0-9X])"', json.dumps(settled)))
    assert certno not in pages
    assert "王**" in pages


def test_what_a_caller_writes_stays_text(site: Any) -> None:
    client, _ = site
    client.post("/2304", content="{}", headers={"x-tif-paasid": "<script>alert(1)</script>"})
    page = client.get("/", params={"party": "<script>alert(1)</script>", "infno": '"><b>'}).text
    assert "<script>alert" not in page
    assert '"><b>' not in page


def test_what_is_not_there_is_said(site: Any) -> None:
    client, _ = site
    for path in ("/visits/S1", "/messages/H1/1", "/docs/9999", "/assets/secret.txt", "/assets/..%2ftexts.toml"):
        assert client.get(path).status_code == 404
    assert (
        client.get("/find", params={"visit": "S1"}, follow_redirects=False).headers["location"] == "/visits/S1?lang=en"
    )
    assert client.get("/find", params={"visit": "//evil"}, follow_redirects=False).headers["location"] == "/?lang=en"
