"""Every line of the control API's page, run against a server."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
import requests

PAGE = Path("docs/reference/control-api.md")
LINES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]


class Served(NamedTuple):
    """A sandbox in a process of its own."""

    process: subprocess.Popen[bytes]
    ready: Any

    @property
    def control(self) -> str:
        found: str = self.ready["control_url"]
        return found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    command = [sys.executable, "yidi.py", "serve", "--json", "--port", "0", "--db", str(tmp_path / "y.db")]
    with subprocess.Popen([*command, "--clock", "2024-05-06T09:00"], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield Served(process, orjson.loads(process.stdout.readline()))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
def test_every_line_of_the_page_works(served: Served) -> None:
    environment = {**os.environ, "CONTROL": served.control, "no_proxy": "*"}
    told: dict[str, str] = {}
    for line in LINES:
        done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, timeout=60, check=False)
        answer = told[line] = done.stdout.decode()
        assert done.returncode == 0, (line, done.stderr)
        assert answer, line
        assert not answer.startswith('{"zh":'), (line, answer)
        if answer.startswith("{") and "history" not in line:
            orjson.loads(answer)
    assert "  = 统筹基金 basic fund 7015.27\n" in told["curl -s -X POST $CONTROL/stays"]
    assert orjson.loads(told["curl -s $CONTROL/clearing -d '{}'"])["closed"]
    assert served.process.wait(20) == 0
    assert len(LINES) > 30


def test_a_reply_that_is_dropped_never_comes_and_a_slow_one_takes_its_time(served: Served) -> None:
    import datetime as dt

    import schemas
    from simulator.core.network.hospital import Desk
    from simulator.core.values.areas import Institution
    from simulator.inputs.gateways import SCHEMES
    from simulator.inputs.wire import Wire

    party = served.ready["parties"][0]
    desk = Desk(Institution(party["fixmedins_code"], party["name"], party["admdvs"], "tertiary", None), "320100")

    def sign_in(number: int, patience: float) -> requests.Response:
        body = Wire(schemas.load()).encode(desk.sign_in(dt.datetime(2024, 5, 6, 9)))
        headers = SCHEMES["x-tif"].headers(party["key_id"], party["secret"], "9001", time.time(), f"{number:032d}")
        return requests.post(f"{served.ready['url']}/9001", data=body, headers=headers, timeout=patience)

    rules = f"{served.control}/faults"
    assert requests.post(rules, json={"name": "lost", "do": "drop_reply"}, timeout=5).status_code == 200
    with pytest.raises(requests.Timeout):
        sign_in(1, 1)
    requests.delete(rules, timeout=5)
    requests.post(rules, json={"do": "slow_body", "bytes_per_second": 400}, timeout=5)
    begun = time.monotonic()
    reply = sign_in(2, 30)
    assert reply.json()["infcode"] == 0
    assert time.monotonic() - begun > len(reply.content) / 400 * 0.9
