"""The console in a real browser: at the width of a desktop and of a phone, by keyboard, in both languages."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
import requests

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
SCRIPT = "<img src=x onerror=alert(1)>"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


class Site(NamedTuple):
    """A sandbox with a few visits, and what they are called."""

    url: str
    control: str
    visit: str
    pages: tuple[str, ...]

    def play(self, **visit: Any) -> Any:
        answer = requests.post(f"{self.control}/stays", json=visit, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    line = [sys.executable, "yidi.py", "serve", "--json", "--port", "0", "--db", str(folder / "yidi.db")]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=log) as server,
    ):
        try:
            assert server.stdout is not None
            ready = orjson.loads(server.stdout.readline())
            yield _lived_in(ready["url"], ready["control_url"])
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(20) == 0


def _lived_in(url: str, control: str) -> Site:
    """Let a few things happen: stays, a refusal, a name and a fault that try to be a page."""
    bare = Site(url, control, "", ())

    def fault(rule: Any) -> None:
        assert requests.post(f"{control}/faults", json=rule, timeout=20).status_code == 200

    new = {"psn_no": "320399999999999999", "certno": "C1", "name": "<img src=x>王", "gender": "1", "born": "1980-01-02"}
    new |= {"insutype": "310", "psn_type": "11", "insured_area": "320399", "balance": "200.00"}
    new |= {"identities": [], "family": ""}
    assert requests.post(f"{control}/people", json=new, timeout=20).status_code == 200
    for person in (1, 12, new["psn_no"]):
        bare.play(person=person)
    requests.post(f"{url}/2304", data="{}", headers={"x-tif-paasid": SCRIPT}, timeout=20)
    fault({"do": "wrong_amount", "name": "off", "field": "fund_pay_sumamt", "from": "320300", "infno": "2304"})
    fault({"do": "duplicate", "name": "twice", "infno": "2402", "count": 1})
    faulty = bare.play(person=3)["mdtrt_id"]
    assert requests.delete(f"{control}/faults", timeout=20).status_code == 200
    fault({"do": "delay", "name": SCRIPT, "infno": "9102", "ms": 1})
    visit = bare.play(person=2)["mdtrt_id"]
    requests.post(f"{control}/reconciliation", json={}, timeout=20)
    shown = ("/", f"/visits/{visit}", f"/visits/{faulty}", "/visits/S0", "/parties", "/money", "/health", "/faults")
    docs = ("/docs", "/docs/2304", "/docs/head", "/docs/codes", "/docs/codes/insutype", "/docs/refusals")
    return Site(url, control, visit, (*shown, *docs))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Tab:
    """A tab of the browser that notes what goes wrong, and what is asked of whom."""

    def __init__(self, page: Any, site: Site) -> None:
        self.page, self._site = page, site
        self.wrong: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda problem: self.wrong.append(str(problem)))
        page.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: str) -> Any:
        self.page.goto(self._site.url + path)
        return self.page

    def focus(self) -> str:
        """What has the focus: its text, else the name of the field."""
        return str(self.page.evaluate("(e => e.innerText || e.name || e.id)(document.activeElement)"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, wanted: str) -> None:
        for _ in range(60):
            self.press("Tab")
            if wanted == self.focus():
                return
        raise AssertionError(f"{wanted} is not reached by keyboard")


@pytest.fixture(params=WIDTHS)
def tab(request: pytest.FixtureRequest, chromium: Any, site: Site) -> Iterator[Tab]:
    width, height = WIDTHS[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    context.set_default_timeout(15_000)
    yield Tab(context.new_page(), site)
    context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_is_wider_than_the_window_and_none_asks_anybody_else(tab: Tab, site: Site, lang: str) -> None:
    for path in site.pages:
        page = tab.open(f"{path}?lang={lang}")
        wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room, path
        boxes = "[...document.querySelectorAll('h1,h2,p,dd,summary,button,input,select,nav a,.cards td')]"
        cut = page.evaluate(f"{boxes}.filter(e => e.getBoundingClientRect().right > innerWidth + 1).length")
        assert not cut or tab.page.viewport_size["width"] > 1000, path
        assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
        assert page.locator("h1").count() == 1
    assert {url[: len(site.url) + 1] for url in tab.asked} <= {f"{site.url}/", "data:,"}
    assert [each for each in tab.wrong if "404" not in each] == []  # the page of a visit that is not there


def test_what_callers_write_is_shown_as_text(tab: Tab, site: Site) -> None:
    page = tab.open("/faults?lang=en")
    assert page.get_by_text(SCRIPT).is_visible()
    page = tab.open("/?lang=en")
    assert page.get_by_text("<***").first.is_visible()
    for path in site.pages:
        assert tab.open(path).locator("img").count() == 0
    assert [each for each in tab.wrong if "404" not in each] == []


def test_the_way_to_a_message_is_walked_by_keyboard(tab: Tab, site: Site) -> None:
    page = tab.open("/?lang=en")
    tab.press("Tab")
    assert tab.focus() == "Skip to the content"
    tab.press("Enter", "Tab")
    assert tab.focus() == "infno"  # the header is behind
    page.evaluate("document.activeElement.blur()")
    tab.press("/")
    assert tab.focus() == "person"
    page.keyboard.type("002")
    with page.expect_navigation():
        tab.press("Enter")
    tab.tab_to(site.visit)
    with page.expect_navigation():
        tab.press("Enter")
    assert page.locator("h1").inner_text().endswith(site.visit)
    first = page.locator("#m1")
    assert first.get_attribute("open") is None
    page.locator("svg a").first.focus()
    tab.press("Enter")
    page.wait_for_selector("#m1[open]")
    assert "request" in tab.focus()
    tab.press("Enter")
    page.wait_for_selector("#m1:not([open])")


def test_the_filter_lists_what_fits(tab: Tab, site: Site) -> None:
    page = tab.open("/?lang=en")
    page.get_by_label("Transaction").fill("2304")
    page.get_by_label("Result").select_option("0")
    page.get_by_role("button", name="Filter").click()
    rows = page.locator("#rows tbody tr")
    assert rows.count() >= 2
    assert all("2304 Inpatient settlement" in text for text in rows.all_inner_texts())
    page.get_by_label("Person").fill("9999")
    page.get_by_role("button", name="Filter").click()
    assert rows.count() == 1
    page.get_by_label("Party").fill("nobody")
    page.get_by_role("button", name="Filter").click()
    assert "No calls yet that fit" in page.locator("#rows").inner_text()


def test_calls_appear_by_themselves_until_told_to_pause(tab: Tab, site: Site) -> None:
    page = tab.open("/?lang=en&infno=1101")
    page.wait_for_selector("#rows tbody tr")
    before = page.locator("#rows tbody tr").count()
    site.play(person=4)
    page.locator(f"#rows tbody tr:nth-child({before + 1})").wait_for()
    with page.expect_response(lambda answer: "/calls" in answer.url):
        pass
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_role("button", name="Resume").is_visible()


def test_the_language_is_changed_and_the_filter_stays(tab: Tab) -> None:
    page = tab.open("/?lang=en&infno=2304")
    page.get_by_role("link", name="中文").click()
    page.wait_for_url("**lang=zh**")
    assert page.get_by_label("交易编号").input_value() == "2304"
    assert page.locator("h1").inner_text() == "交易"
    page.get_by_role("link", name="对账与清算").click()
    page.wait_for_url("**/money?lang=zh")
    assert page.locator("h1").inner_text() == "对账与清算"


def test_a_visit_shows_its_receipt_and_what_is_wrong(tab: Tab, site: Site) -> None:
    page = tab.open(f"/visits/{site.visit}?lang=en")
    receipt = page.locator("table.cards").inner_text()
    assert "less the deductible" in receipt
    assert "7,337.81" in receipt
    assert "All these messages are as the interface says." in page.locator("main").inner_text()
    page = tab.open(f"{site.pages[2]}?lang=en")
    assert page.locator("g.fault").count() == 2
    assert page.locator("summary .tag.bad", has_text="fault").count() == 2
    assert "places are not as the interface says" in page.locator("main").inner_text()
    page.locator("details", has=page.locator(".findings")).first.locator("summary").click()
    assert "fund_pay_sumamt" in page.locator(".findings").first.inner_text()


def test_the_interface_is_searched_by_a_field_and_read_down_to_its_codes(tab: Tab) -> None:
    page = tab.open("/docs?lang=en")
    tab.press("/")
    page.keyboard.type("psn_cash_pay")
    with page.expect_navigation():
        tab.press("Enter")
    assert page.get_by_role("link", name="2304", exact=True).count() == 1
    assert page.get_by_role("link", name="1101", exact=True).count() == 0
    page.get_by_role("link", name="2304", exact=True).click()
    page.get_by_role("link", name="mdtrt_cert_type", exact=True).first.click()
    page.wait_for_url("**/docs/codes/mdtrt_cert_type?lang=en")
    assert page.locator("tbody tr").count() > 2
