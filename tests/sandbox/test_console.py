"""The console shows what happened, masked, in both languages, and lets no text of a message become a page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from simulator.sandbox.app import business_app, control_app
from simulator.sandbox.clock import Clock
from simulator.sandbox.sandbox import Sandbox, ground_of

PAGES = ("/", "/calls", "/parties", "/money", "/health", "/faults", "/docs", "/docs/2304")


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
    assert not re.search(r"(src|href)=\"(https?:)?//", answer.text)  # nothing from outside the machine


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
    assert page.count("<polygon") >= 24  # four transactions of six legs
    for name in ("南京市示例第一医院", "Nanjing", "province", "Xuzhou"):
        assert name in page


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
