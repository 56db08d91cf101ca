"""The pytest fixture `province` works in a project of somebody else's, and is not there where nobody asks for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.projects import NAMESAKES, Project

ROOT = Path(__file__).parents[1]
WHOSE = "\n".join(f"import {name}\nassert {name}.WHOSE" for name in NAMESAKES)
SIGNED = """
import hashlib, json, secrets, time

def signed(party):
    at, nonce = str(int(time.time())), secrets.token_hex(16)
    text = f"{at}{party['secret']}{nonce}{at}"
    return {"x-tif-paasid": party["key_id"], "x-tif-timestamp": at, "x-tif-nonce": nonce,
            "x-tif-signature": hashlib.sha256(text.encode()).hexdigest()}
"""


def test_importing_the_plugin_imports_nothing_of_ours_and_nothing_heavy() -> None:
    code = (
        "import sys, pytest, multiprocessing\n"
        "before = set(sys.modules)\n"
        "import yidi_pytest\n"
        "print(*sorted(name.partition('.')[0] for name in set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    brought = set(done.stdout.split()) - sys.stdlib_module_names
    assert brought == {"yidi_pytest"}


def test_a_project_with_packages_of_our_names_keeps_them(project: Project) -> None:
    project.write(
        "tests/test_it.py",
        f"{WHOSE}\n{SIGNED}\nimport requests, sys\n"
        """
def test_calls_are_answered(province):
    assert [party["role"] for party in province.parties] == ["hospital", "city"]
    refused = requests.post(f"{province.url}/fsi/api/1101", data="{}", headers=signed(province.hospital), timeout=5)
    assert (refused.status_code, refused.json()["infcode"]) == (200, -105)
    long = requests.post(f"{province.url}/1101", data="x" * 20_000, headers=signed(province.hospital), timeout=20)
    assert long.json()["infcode"] == -105
    assert "过于复杂" not in long.json()["err_msg"]  # a process of its own has looked at it
    assert requests.post(f"{province.url}/1101", json={}).status_code == 401
    assert requests.get(f"{province.url}/healthz").text == "ok\\n"
    assert requests.get(f"{province.control_url}/clock").json().keys() == {"now"}
    assert schemas.WHOSE == "the integrator's schemas"
    assert not any(name.startswith(("simulator.", "schemas.")) for name in sys.modules)

def test_a_stay_is_settled(province):
    assert province.stay(person=1)["amounts"]["hifp_pay"] == "7015.27"
""",
    )
    done = project.pytest()
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_each_test_gets_a_fresh_province_and_its_clock(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nyidi_clock = 2024-05-06T09:00\n")
    project.write(
        "test_it.py",
        """
import datetime as dt, pytest

@pytest.mark.parametrize("time", [1, 2])
def test_nothing_is_left_of_the_test_before(province, time):
    assert dt.timedelta() <= province.now - dt.datetime(2024, 5, 6, 9) < dt.timedelta(seconds=30)
    first = province.history()
    assert {each["at"][:19] for each in first} <= {"2024-05-06 09:00:00"}
    assert province.stay()["stay"] == "S1"
    assert len(province.history()) > len(first)
    province.fault("delay", ms=5)
    assert province.advance(days=3).date() == dt.date(2024, 5, 9)
""",
    )
    done = project.pytest()
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_what_a_test_may_do_is_the_control_api(project: Project) -> None:
    project.write(
        "test_it.py",
        """
import pytest, requests
from yidi_pytest import Impossible, Province

NEW = {"psn_no": "N1", "certno": "C1", "name": "新来者", "gender": "1", "born": "1980-01-02", "insutype": "310",
       "psn_type": "11", "insured_area": "320399", "balance": "200.00", "identities": [], "family": ""}

def test_people_time_money_faults(province: Province):
    assert province.load_people(NEW) == {"enrolled": 1}
    assert province.person("N1")["balance"] == "200.00"
    assert province.file(psn_no="N1", type="long_term_work", target="320100")["type"] == "long_term_work"
    assert province.stay(person="N1")["state"] == "settled"
    assert province.reconcile(correct=True)["level"]
    assert province.advance(days=40) == province.now
    assert "sheets" in province.clear()
    assert province.fault("drop_reply", name="lost", from_="320300", to="320000", infno="2304")["name"] == "lost"
    assert province.stay(person=1)["state"] == "unknown"
    province.heal("lost")
    province.heal()
    assert province.stay(person=2)["state"] == "settled"
    with pytest.raises(Impossible, match="there is no person N9") as refused:
        province.person("N9")
    assert refused.value.zh == "没有人员N9"
    with pytest.raises(Impossible):
        province.load_people({**NEW, "psn_no": "N2"}, {})
    with pytest.raises(Impossible):
        province.person("N2")
""",
    )
    done = project.pytest()
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_requests_to_other_addresses_and_mocks_of_the_project_stay_as_they_are(project: Project) -> None:
    project.write(
        "test_it.py",
        """
import pytest, requests, responses

@pytest.fixture
def elsewhere():
    with responses.RequestsMock() as mock:
        mock.get("http://drugs.test/1", body="ours")
        yield mock

def test_both_are_answered(elsewhere, province):
    assert requests.get("http://drugs.test/1").text == "ours"
    assert requests.get(f"{province.url}/healthz").text == "ok\\n"
    with pytest.raises(requests.ConnectionError):
        requests.get("http://province.test.evil.test/healthz")

def test_threads_ask_at_the_same_time(province):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda n: requests.get(f"{province.url}/readyz").text, range(100))) == {"ready\\n"}
""",
    )
    done = project.pytest()
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_where_the_library_is_missing_one_sentence_says_so(project: Project) -> None:
    project.write("conftest.py", "import sys\nsys.modules['responses'] = None\n")
    project.write("test_it.py", "def test_it(province): pass\n\ndef test_other(): pass\n")
    done = project.pytest()
    assert "1 passed, 1 error" in done.stdout
    said = "the fixture `province` needs the library responses: pip install 'yidi[pytest]'"
    assert said in done.stdout
    assert "Traceback" not in done.stdout


def test_settings_that_cannot_be_are_said(project: Project) -> None:
    for setting, said in (
        ("yidi_pack = nowhere", "nowhere"),
        ("yidi_clock = yesterday", "yesterday"),
        ("yidi_profile = loose", "loose"),
    ):
        project.write("pytest.ini", f"[pytest]\n{setting}\n")
        project.write("test_it.py", "def test_it(province): pass\ndef test_again(province): pass\n")
        done = project.pytest()
        assert "2 errors" in done.stdout, setting
        lines = [line for line in done.stdout.splitlines() if line.startswith("there is no province: ")]
        assert len(lines) >= 2
        assert all(said in line for line in lines)
        assert "Traceback" not in done.stdout


def test_a_province_that_dies_is_said_and_ends_nothing_else(project: Project) -> None:
    project.write(
        "test_it.py",
        """
import os, signal, pytest, requests, yidi_pytest

def test_it(province):
    os.killpg(province._child._process.pid, signal.SIGKILL)
    with pytest.raises(yidi_pytest.Ended, match="the process of the province has ended"):
        requests.get(f"{province.url}/healthz")

def test_the_next(province): pass

def test_other(): pass
""",
    )
    done = project.pytest()
    assert "2 passed, 1 error" in done.stdout, done.stdout
    assert "the process of the province has ended (-9)" in done.stdout


def test_nothing_is_left_running_when_the_tests_are_over(project: Project) -> None:
    project.write("test_it.py", "def test_it(province): print('pid', province._child._process.pid)\n")
    done = project.pytest("-s")
    pid = done.stdout.split("pid ")[1].split()[0]
    assert not Path(f"/proc/{pid}").exists()
    left = subprocess.run(["ps", "-o", "pid=", "--sid", pid], capture_output=True, text=True, check=False)
    assert not left.stdout.strip()
