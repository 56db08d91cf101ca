"""A whole sandbox province as a child process, and targets that stand before it and are wrong in one way each."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
BEIJING = dt.timezone(dt.timedelta(hours=8))
_HOP = frozenset({"connection", "host", "content-length", "transfer-encoding", "accept-encoding"})

Ready = dict[str, Any]


def today() -> dt.date:
    """The day it is for a platform."""
    return dt.datetime.now(BEIJING).date()


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Ready]:
    """A sandbox, on free ports and over a journal in a folder; what it says when it is ready."""
    line = [sys.executable, "yidi.py", "serve", "--json", "--port", "0", "--control-port", "0", "--log", "none"]
    child = subprocess.Popen([*line, "--db", str(folder / "yidi.db"), *options], cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    try:
        yield json.loads(child.stdout.readline())
    finally:
        child.terminate()
        child.wait(30)
        child.stdout.close()


class Answer(NamedTuple):
    """What goes back to a hospital."""

    status: int
    body: bytes


class Call(NamedTuple):
    """A call on its way: ``number`` counts those of its transaction from 1; ``pass_on`` has it answered behind."""

    infno: str
    number: int
    body: bytes
    pass_on: Callable[[str, bytes], Answer]

    def passed(self) -> Answer:
        """What stands behind answers."""
        return self.pass_on(self.infno, self.body)


Wrong = Callable[[Call], Answer]


def loses(every: int) -> Wrong:
    """Answer one settlement in so many with success, and keep nothing of it: the trial's answer, numbered."""

    def answer(call: Call) -> Answer:
        if call.infno != "2304" or call.number % every:
            return call.passed()
        msgid = re.search(rb'"msgid":"([^"]{30})"', call.body)
        assert msgid is not None
        other = msgid[1][:12] + b"2001" + msgid[1][16:]  # a number that nobody has given
        body = call.body.replace(b'"infno":"2304"', b'"infno":"2303"').replace(msgid[1], other)
        tried = json.loads(call.pass_on("2303", body).body)
        info = tried["output"]["setlinfo"]
        info |= {"setl_id": f"LOST{call.number}", "medins_setl_id": msgid[1].decode()}
        return Answer(200, json.dumps(tried, ensure_ascii=False).encode())

    return answer


def one_fen(every: int) -> Wrong:
    """Tell one settlement in so many with a fen moved from the fund to the patient, as sound as the true one."""

    def answer(call: Call) -> Answer:
        came = call.passed()
        if call.infno != "2304" or call.number % every:
            return came
        text = came.body.decode()
        for name, fen in (("hifp_pay", -1), ("fund_pay_sumamt", -1), ("psn_part_amt", 1), ("psn_cash_pay", 1)):
            text = _moved(text, name, fen)
        return Answer(came.status, _moved(text, "fund_payamt", -1).encode())

    return answer


def _moved(text: str, name: str, fen: int) -> str:
    """Move the first amount of a name."""

    def moved(found: re.Match[str]) -> str:
        whole = int(found[2].replace(".", "")) + fen
        return f"{found[1]}{whole // 100}.{whole % 100:02d}"

    return re.sub(rf'("{name}":)([0-9.]+)', moved, text, count=1)


def error_inside(every: int, infno: str = "2304") -> Wrong:
    """Answer HTTP 200 with an error of the gateway instead of the reply; what was asked has been done."""

    def answer(call: Call) -> Answer:
        came = call.passed()
        if call.infno != infno or call.number % every:
            return came
        return Answer(200, '{"code":500,"message":"系统异常"}'.encode())

    return answer


def stalls(every_seconds: float, seconds: float) -> Wrong:
    """Answer nobody for some seconds, again and again."""
    begun = time.monotonic()

    def answer(call: Call) -> Answer:
        into = (time.monotonic() - begun) % every_seconds
        if into < seconds:
            time.sleep(seconds - into)
        return call.passed()

    return answer


@contextmanager
def before(url: str, wrong: Wrong) -> Iterator[str]:
    """A target in front of another that is wrong in one way; its address."""
    host = url.removeprefix("http://")
    counts: dict[str, int] = {}
    lock, lines = threading.Lock(), threading.local()

    def pass_on(headers: dict[str, str], infno: str, body: bytes) -> Answer:
        line = getattr(lines, "line", None)
        if line is None:
            line = lines.line = http.client.HTTPConnection(host, timeout=30)
        line.request("POST", f"/{infno}", body, headers)
        came = line.getresponse()
        return Answer(came.status, came.read())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:  # named by the library
            body = self.rfile.read(int(self.headers["content-length"]))
            infno = self.path.rpartition("/")[2]
            with lock:
                counts[infno] = number = counts.get(infno, 0) + 1
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            answer = wrong(Call(infno, number, body, lambda *what: pass_on(headers, *what)))
            head = f"HTTP/1.1 {answer.status} X\r\ncontent-length: {len(answer.body)}\r\n\r\n".encode()
            self.wfile.write(head + answer.body)

        def finish(self) -> None:
            line = lines.__dict__.pop("line", None)
            if line is not None:
                line.close()
            super().finish()

        def log_message(self, format: str, *arguments: Any) -> None:  # named by the library
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
