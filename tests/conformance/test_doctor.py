"""`yidi doctor` finds what is wrong, names the cure, and finds nothing wrong with the reference."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.doctor import FAIL, NAMES, OK, OPEN, WARN, Examined, examined

if TYPE_CHECKING:
    from tests.conformance.conftest import Town

Change = Callable[..., Examined]


@pytest.fixture
def changed(town: Town, tmp_path: Path) -> Change:
    """Return what the doctor says of the reference when its configuration is changed by regular expressions."""

    def examine(*changes: tuple[str, str]) -> Examined:
        text = town.file.read_text(encoding="utf-8")
        for pattern, new in changes:
            text, count = re.subn(pattern, new, text)
            assert count
        file = tmp_path / "conformance.toml"
        file.write_text(text, encoding="utf-8")
        return examined(file)

    return examine


def states(found: Examined) -> dict[str, str]:
    return {check.name: check.status for check in found.checks}


def test_the_reference_is_well(town: Town) -> None:
    found = examined(town.file)
    assert states(found) == dict.fromkeys(NAMES, OK)
    assert found.code == 0


def test_a_bad_file_ends_it_at_once(changed: Change) -> None:
    found = changed(('role = "city"', 'role = "nurse"'))
    assert states(found) == {"configuration": FAIL} | dict.fromkeys(NAMES[1:], OPEN)
    assert found.code == 2
    assert "subject.role" in found.checks[0].en


@pytest.mark.parametrize(
    ("pattern", "new"),
    [('code = "320300"', 'code = "990000"'), ("jiangsu-2023", "jiangsu-2099"), ('role = "city"', 'role = "hospital"')],
)
def test_what_the_file_says_must_be_there(changed: Change, pattern: str, new: str) -> None:
    assert changed((pattern, new)).code == 2


def test_a_port_that_is_taken(changed: Change) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = changed((r"port = \d+", f"port = {taken.getsockname()[1]}"))
    assert (states(found)["listener"], found.code) == (FAIL, 2)
    assert "Address already in use" in found.checks[1].en


def test_nobody_at_the_address(changed: Change) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = changed((r"(?m)^url = .*", f'url = "http://127.0.0.1:{port}"'))
    assert (states(found)["network"], found.code) == (FAIL, 3)
    assert found.checks[2].en == f"http://127.0.0.1:{port} cannot be reached (Connection refused)"


def test_keys_that_are_not_those_of_the_target(changed: Change) -> None:
    found = changed(('seed = "1"', 'seed = "2"'))
    assert (states(found)["keys"], found.code) == (FAIL, 1)
    assert "HTTP 401" in found.checks[3].en
    assert "[keys]" in found.checks[3].cure_en


class Nothing(BaseHTTPRequestHandler):
    """A web server that has nothing of the kind."""

    def do_POST(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def test_a_wrong_path_is_not_taken_for_wrong_keys(changed: Change) -> None:
    with HTTPServer(("127.0.0.1", 0), Nothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = changed((r"(?m)^url = .*", f'url = "http://127.0.0.1:{server.server_address[1]}"'))
        server.shutdown()
    assert (states(found)["keys"], found.code) == (FAIL, 1)
    assert "correct url" in found.checks[3].cure_en


def test_a_pack_that_is_over(changed: Change) -> None:
    found = changed(("jiangsu-2023", "jiangsu-2016"))
    assert (states(found)["pack"], found.code) == (FAIL, 2)


def test_a_hook_that_fails(changed: Change) -> None:
    found = changed((r"hooks/load_people", "hooks/no_such_hook"))
    assert (states(found)["hooks"], found.code) == (FAIL, 1)


def test_hooks_that_are_not_offered_are_a_warning(changed: Change) -> None:
    found = changed((r"(?s)\[hooks\].*", "[hooks]\n"))
    seen = states(found)
    assert (seen["configuration"], seen["hooks"]) == (WARN, WARN)
    assert found.code == (1 if FAIL in seen.values() else 0)  # a slow machine may fail another check
    assert "by_hand" in found.checks[0].cure_en


def test_a_callback_that_does_not_come(changed: Change) -> None:
    found = changed((r"port = \d+", "port = 0"))  # the reference calls another one
    assert (states(found)["upstream"], found.code) == (FAIL, 1)
    assert found.checks[-1].en.startswith("callback not received")
    assert found.checks[-1].zh.startswith("回调未收到")
