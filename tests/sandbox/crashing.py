"""A server that is killed under load and started again, and clients that remember every word it has said."""

from __future__ import annotations

import datetime as dt
import http
import http.client
import json
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import schemas
from simulator.core import invariants
from simulator.core.benefit.bill import classify
from simulator.core.benefit.settlement import DIRECT
from simulator.core.benefit.shares import shares_add_up
from simulator.core.network.hospital import Desk
from simulator.core.platform.effects import Post, Record
from simulator.core.platform.message import Message
from simulator.core.platform.node import Answered
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.people import Person
from simulator.core.visits.facts import Settled
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.platforms import Ground
from simulator.inputs.wire import Wire
from simulator.sandbox.clock import machine
from simulator.sandbox.journal import Reader, Store
from simulator.sandbox.population import KINDS, person_of
from simulator.sandbox.roles import all_nodes
from simulator.sandbox.verifying import recompute, verify
from tests.core.conftest import WARD

ROOT = Path(__file__).parents[2]
CITY = "320100"
_REVERSED = REFUSALS["reversed"].code
_FILED = (1, 2, 3, 7, 8, 9)  # kinds of people who are settled directly
_LIMITED = (
    "import os, resource, sys; most = int(sys.argv[1]);"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)); os.execv(sys.argv[2], sys.argv[2:])"
)
_CANCELS, _REVERSES, _HANGS_UP = 0.25, 0.2, 0.1
_OLDER = 100  # of what earlier servers had said, asked again after each kill


class Server:
    """`yidi serve` in a process of its own."""

    def __init__(self, db: str, *, most_bytes: int | None = None) -> None:
        line = [sys.executable, "yidi.py", "serve", "--json", "--port", "0", "--control-port", "0", "--log", "none"]
        line += ["--db", db]
        if most_bytes:
            line = [sys.executable, "-c", _LIMITED, str(most_bytes), *line]
        self.process = subprocess.Popen(
            line,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if not said.endswith("}\n"):
            raise AssertionError(self.process.communicate(timeout=30))
        self.ready: dict[str, Any] = json.loads(said)

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and what was said on standard error."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


class Heard(NamedTuple):
    """A request, and the bytes it was answered with."""

    request: Message
    reply: bytes


class Client:
    """A hospital that settles stays until the server is gone, and keeps what it was told."""

    def __init__(self, server: Server, ground: Ground, desk: Desk, people: list[Person], chance: random.Random) -> None:
        self._at = urlsplit(server.ready["url"])
        self._party = server.ready["parties"][0]
        self._ground, self.desk, self._people, self._chance = ground, desk, people, chance
        self._wire = Wire(schemas.load())
        self.heard: list[Heard] = []
        self.open: list[Message] = []  # what was sent, and not answered
        self.voided: set[str] = set()
        self.gone = False
        self.patience = 30

    def call(self, message: Message, *, hang_up: bool = False) -> bytes:
        """Send a message; return the body of the reply. Raises OSError where the server is gone."""
        line = http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=self.patience)
        try:
            party, nonce = self._party, secrets.token_hex(16)
            signed = SCHEMES[party["scheme"]].headers(
                party["key_id"], party["secret"], message.infno, time.time(), nonce
            )
            line.request("POST", f"/{message.infno}", self._wire.encode(message), signed)
            if hang_up:
                return b""
            reply = line.getresponse()
            if reply.status != http.HTTPStatus.OK:
                raise ConnectionError(f"HTTP {reply.status}")  # it is about to end
            return reply.read()
        except http.client.HTTPException as problem:
            raise ConnectionError(str(problem)) from problem
        finally:
            line.close()

    def ask(self, message: Message) -> Message:
        """Send a message until its reply is in hand, now and then hanging up on the first; keep the reply."""
        self.open.append(message)
        if self._chance.random() < _HANGS_UP:
            self.call(message, hang_up=True)
        body = self.call(message)
        self.open.remove(message)
        self.heard.append(Heard(message, body))
        return self.read(message, body)

    def read(self, message: Message, body: bytes) -> Message:
        """Return a reply, and note which earlier message it makes void."""
        reply = self._wire.decode_reply(message, json.loads(body))
        if reply.succeeded and message.infno == "2305":
            self.voided.add(str(reply.rows("setlinfo")[0]["medins_setl_id"]))
        if reply.succeeded and message.infno == "2601":
            self.voided.add(str(message.block("data")["omsgid"]))
        return reply

    def work(self) -> None:
        """Settle stay after stay until the server is gone."""
        try:
            while True:
                self._stay(self._chance.choice(self._people))
        except OSError:
            self.gone = True

    def sign_in(self) -> None:
        """Sign in for the day."""
        self.desk.sign_no = self.ask(self.desk.sign_in(machine())).block("signinoutb")["sign_no"]

    def _stay(self, person: Person) -> None:
        now, desk = machine(), self.desk
        admitted = self.ask(desk.admit(now, person, now, WARD))
        if not admitted.succeeded:
            return  # the stay before was cut off by the kill, and the person still lies here
        visit, catalogue = admitted.block("result")["mdtrt_id"], self._ground.catalogue.items.values()
        items = [item for item in catalogue if item.holds_on(now.date()) and item.price][:3]
        lines = [classify(str(number), item, item.price, 10_000) for number, item in enumerate(items, 1)]
        self.ask(desk.upload(now, person, visit, [(line, now) for line in lines], WARD))
        self.ask(desk.discharge(now, person, visit, now, WARD))
        bill = sum(line.amount for line in lines)
        settling = desk.settle(now, "2304", person, visit, bill, use_account=False)
        settled = self.ask(settling)
        if not settled.succeeded:
            return
        if self._chance.random() < _CANCELS:
            number = settled.block("setlinfo")["setl_id"]
            self.ask(desk.about_visit(machine(), "2305", person, visit, setl_id=number))
        elif self._chance.random() < _REVERSES:
            self.ask(desk.reverse(machine(), person, settling))


class Province:
    """A journal that server after server is killed over, and what all clients together know of it."""

    def __init__(self, db: str, ground: Ground, seed: int, clients: int = 4) -> None:
        self._db, self._ground, self._clients = db, ground, clients
        self._chance = random.Random(seed)
        self._today = machine().date()
        self._serial = 0
        self.heard: list[Heard] = []
        self.voided: set[str] = set()

    def kill_under_load(self, after: tuple[float, float] = (0.1, 1.2)) -> None:
        """Start a server, let clients work, kill it at a random moment, start it again and ask again.

        All that this server had said is asked for, and some of what was said before it.
        """
        older = self._chance.sample(self.heard, min(len(self.heard), _OLDER))
        before = len(self.heard)
        self._session(lambda server, clients: server.end(signal.SIGKILL), after)
        self._again(lambda: [*older, *self.heard[before:]])

    def run_until_full(self, most_bytes: int) -> tuple[int, str]:
        """Let clients work until the server ends by itself, as its files may not grow; return how it ended."""
        return self._until_ended((0, 0), lambda: None, most_bytes=most_bytes)

    def run_until(self, disaster: Callable[[], None]) -> tuple[int, str]:
        """Let clients work, let something happen, and wait until the server ends by itself; return how it ended."""
        return self._until_ended((0.5, 1.0), disaster)

    def lose_a_reply(self) -> None:
        """Lose the reply to a settlement that is on disk already, kill the server, and ask again."""
        server = Server(self._db)
        client = self._client(server)
        client.sign_in()
        rule = {"do": "drop_reply", "infno": "2304", "from": CITY, "to": client.desk.institution.code}
        asked = urllib.request.Request(
            f"{server.ready['control_url']}/faults", json.dumps(rule).encode(), method="POST"
        )
        urllib.request.urlopen(asked, timeout=30).close()
        client.patience = 2
        client.work()  # until it gives up waiting
        server.end(signal.SIGKILL)
        (lost,) = client.open
        assert (client.gone, lost.infno) == (True, "2304")
        self._remember(client)
        self._again(lambda: self.heard)
        assert [heard.request for heard in self.heard].count(lost) == 1

    def _until_ended(
        self, after: tuple[float, float], disaster: Callable[[], None], *, most_bytes: int | None = None
    ) -> tuple[int, str]:
        ended: list[tuple[int, str]] = []

        def wait(server: Server, clients: list[Client]) -> None:
            disaster()
            _, said = server.process.communicate(timeout=120)
            ended.append((server.process.returncode, said))

        self._session(wait, after, most_bytes=most_bytes)
        return ended[0]

    def end_cleanly(self) -> None:
        """Start a server, ask everything that was ever said again, and end it."""
        assert self._again(lambda: self.heard, signal.SIGTERM) == 0

    def check(self, store: Store) -> int:
        """Check the whole journal; return how many messages were acknowledged."""
        verify(store, lambda seq: None)
        start = dt.date.fromisoformat(store.meta()["start"])
        recompute(store, all_nodes(self._ground, start), lambda seq: None)
        self._each_once(store)
        _money_holds(store)
        return len(self.heard)

    def _session(
        self, until: Callable[[Server, list[Client]], Any], after: tuple[float, float], *, most_bytes: int | None = None
    ) -> None:
        server = Server(self._db, most_bytes=most_bytes)
        clients = [self._client(server) for _ in range(self._clients)]
        clients[0].sign_in()
        for client in clients[1:]:
            client.desk.sign_no = clients[0].desk.sign_no
        threads = [threading.Thread(target=client.work) for client in clients]
        for thread in threads:
            thread.start()
        time.sleep(self._chance.uniform(*after))  # the moment of the kill is the point
        until(server, clients)
        for thread in threads:
            thread.join(60)
        assert all(client.gone for client in clients)
        for client in clients:
            self._remember(client)

    def _client(self, server: Server) -> Client:
        registry = self._ground.network.national
        institution = registry.institutions[server.ready["parties"][0]["fixmedins_code"]]
        desk = Desk(institution, CITY)
        self._serial += 1
        desk._serial = self._serial * 250  # its numbers are nobody else's
        people = [
            person_of(self._ground.network, code, index, kind, self._today)
            for index, (code, area) in enumerate(registry.areas.items())
            if area.city != CITY and code.startswith("32") and index % self._clients == self._serial % self._clients
            for kind in KINDS
            if kind.number in _FILED
        ]
        return Client(server, self._ground, desk, people, random.Random(self._chance.random()))

    def _remember(self, client: Client) -> None:
        self.heard += client.heard
        self.voided |= client.voided
        self._left = [*getattr(self, "_left", []), *client.open]

    def _again(self, what: Callable[[], list[Heard]], end: signal.Signals = signal.SIGKILL) -> int:
        """Ask what is open to its end, and then ``what`` again: the same bytes, or the refusal of what is void.

        Return how the server ended.
        """
        server = Server(self._db)
        client = self._client(server)
        for message in self._left:
            client.ask(message)
        self._left = []
        self._remember(client)
        for message, before in what():
            now = client.call(message)
            if message.msgid in self.voided:
                reply = client.read(message, now)
                assert (reply.infcode, message.msgid in reply.head["err_msg"]) == (_REVERSED, True)
            elif not _passing(before):
                assert now == before, message.infno
        return server.end(end)[0]

    def _each_once(self, store: Store) -> None:
        """Every acknowledged message was answered for good exactly once, with what was acknowledged."""
        reader, wire = Reader(store), Wire(schemas.load())
        for message, body in self.heard:
            facts = [fact for entry in store.about(message.key, CITY) for fact in reader.facts(entry)]
            answers = [fact.reply for fact in facts if isinstance(fact, Answered) and fact.request.key == message.key]
            if _passing(body):
                continue
            assert len(answers) == 1, message.infno
            if message.msgid not in self.voided:
                assert wire.encode(answers[0]) == body


def _passing(body: bytes) -> bool:
    code = json.loads(body)["infcode"]
    return any(refusal.code == code and refusal.passing for refusal in REFUSALS.values())


def _money_holds(store: Store) -> None:
    """Nothing is settled twice, every row adds up, every posting balances, and both cities have the same rows."""
    reader = Reader(store)
    rows: dict[tuple[str, str], list[Any]] = {}
    for entry in store.entries():
        for effect in reader.effects(entry):
            if isinstance(effect, Post):
                assert invariants.posting_balances(effect.posting)
            elif isinstance(effect, Record) and isinstance(effect.fact, Settled) and effect.fact.visit_id:
                rows.setdefault((entry.node, effect.fact.role), []).append(effect.fact.row)
    for each in rows.values():
        assert invariants.settled_once(each)
        assert all(shares_add_up(row.shares) for row in each)
        direct = (row for row in each if row.kind == DIRECT and row.inputs is not None)
        assert all(map(invariants.filed_where_needed, direct))
    assert set(_amounts(rows, "treatment")) >= set(_amounts(rows, "insured"))


def _amounts(rows: dict[tuple[str, str], list[Any]], role: str) -> Iterator[tuple[str, int, int]]:
    return (
        (row.setl_id, row.shares.medfee_sumamt, row.shares.cleared)
        for (_, each), many in rows.items()
        for row in many
        if each == role
    )
