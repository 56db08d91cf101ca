"""Before anything is judged: is all there that a run needs, and what cures it where it is not?

Checks go from the file outwards: configuration, our listener, the way to the target, its keys and clock, the policy
pack on its day, hooks, and the way back from the target to our listener. A check that the later ones need ends the row
when it fails; the later ones are then *open*.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
import requests

import schemas
from conformance.evidence import FROM, checked
from conformance.probes import PROBES, Probe, caller_of
from conformance.reaching import INCONCLUSIVE, Ill, reached
from conformance.standing import Around, Standing, around
from conformance.wire import signed
from simulator.core.values.parameters import NotInForce
from simulator.inputs.errors import InputError
from simulator.inputs.hooks import HookFailed, NotOffered
from simulator.inputs.platforms import Ground, ground_of
from simulator.inputs.subjects import DATA_HOOKS, Subject, read_subject
from simulator.inputs.wire import Wire as Encoding
from simulator.outputs.console import UsageError
from simulator.sandbox.clock import machine
from simulator.sandbox.parties import HOSPITAL, Party
from simulator.sandbox.wrong import said_of

OK, WARN, FAIL, OPEN = "ok", "warn", "fail", "open"
USAGE = 2
OFF, FAR_OFF = 30, 300  # seconds: what is told, and the window in which the gateway x-tif takes a signature
_CASE, EVIDENCE = "doctor", "evidence.ndjson"


class Check(NamedTuple):
    """A line of the doctor's: ``name``, how it stands, what was seen, and the cure where it is not ok."""

    name: str
    status: str
    zh: str
    en: str
    cure_zh: str = ""
    cure_en: str = ""


class Examined(NamedTuple):
    """What the doctor found, and the exit code."""

    checks: tuple[Check, ...]
    code: int


NAMES = ("configuration", "listener", "network", "keys", "clock", "pack", "hooks", "upstream")
"""The checks in their order."""
_NEEDED = frozenset({"configuration", "listener", "network", "keys", "pack"})


def examined(file: str | Path) -> Examined:
    """Examine the system that a configuration names."""
    doctor = _doctor(file)
    checks: list[Check] = []
    code = 0
    try:
        for name in NAMES:
            try:
                checks.append(Check(name, *getattr(doctor, name)()))
            except Ill as ill:
                checks.append(Check(name, FAIL, *ill.said))
                code = code or ill.code
                if name in _NEEDED:
                    break
    finally:
        doctor.close()
    checks += [Check(name, OPEN, "未检查", "not checked") for name in NAMES[len(checks) :]]
    return Examined(tuple(checks), code)


def _doctor(file: str | Path) -> Doctor:
    """Return who examines: a hospital is asked otherwise than those that are called."""
    from conformance.hospital.doctor import HospitalDoctor  # noqa: PLC0415  # late: it is made of the one here

    try:
        role = read_subject(file).role
    except InputError:
        role = ""  # which the first check says
    return HospitalDoctor(file) if role == HOSPITAL else Doctor(file)


Said = tuple[str, ...]
PUBLIC_KEYS: Said = (
    WARN,
    "密钥由公开的种子“1”派生",
    'the keys follow from the seed "1", which is public',
    "在 [keys] 中写 seed_env 或 parties",
    "name seed_env or parties in [keys]",
)


class Doctor:
    """Checks by name; each returns how it stands and what it says, or raises Ill."""

    subject: Subject
    ground: Ground
    who: Around

    def __init__(self, file: str | Path) -> None:
        self._file = file
        self._standing: Standing | None = None
        self._folder = tempfile.TemporaryDirectory()
        self._reply: requests.Response | None = None
        self._asked: tuple[dt.datetime, dt.datetime] = (dt.datetime.min, dt.datetime.min)
        self._day = machine().date()

    def close(self) -> None:
        """Stop listening, and forget what was said."""
        if self._standing is not None:
            self._standing.close()
        self._folder.cleanup()

    # -- what is ours ---------------------------------------------------------------------------------------------

    def configuration(self) -> Said:
        """The file, the pack and the parties can be read, and there is such a city."""
        try:
            self.subject = subject = read_subject(self._file)
            self.ground = ground_of(subject.pack)
            self._expect_known()
            self.who = around(subject, self.ground)
        except (InputError, UsageError) as error:
            raise Ill(*said_of(error), "改正配置文件", "correct the file", USAGE) from None
        missing = [name for name in DATA_HOOKS if name not in subject.hooks and not subject.by_hand]
        if missing:
            return (
                WARN,
                f"没有提供钩子 {'、'.join(missing)}",
                f"offers no hook {', '.join(missing)}",
                "在 [hooks] 中写明，或导入 yidi data export 的人员并在 [data] 中写 by_hand = true；核心用例需要它们",
                "name it in [hooks], or load the people of yidi data export and say by_hand = true in [data]:"
                " core cases need them",
            )
        if subject.seed == "1" and not subject.parties and not is_loopback(subject.url):
            return PUBLIC_KEYS
        return OK, f"{subject.name}（{subject.code}）", f"{subject.name} ({subject.code})"

    def _expect_known(self) -> None:
        subject = self.subject
        if subject.role not in PROBES:
            problem = f'is "{subject.role}", which cannot be certified so far'
            raise InputError(subject.file, "subject.role", problem, f"use {' or '.join(PROBES)}")
        codes = PROBES[subject.role].codes(self.ground)
        if subject.code not in codes:
            raise InputError(
                subject.file,
                "subject.code",
                f'is "{subject.code}", and there is no such {subject.role} in the network',
                f"use one of {', '.join(sorted(codes))}",
            )

    def listener(self) -> Said:
        """Our listener can be opened, and answers."""
        subject = self.subject
        try:
            self._standing = Standing(subject, self.ground, _CASE, Path(self._folder.name) / EVIDENCE)
        except InputError as error:
            raise Ill(
                f"{subject.host}:{subject.port} 无法监听：{error.problem}",
                f"cannot listen: {error.problem}",
                "在 [upstream] 中另选端口，或结束占用它的进程",
                "choose another port in [upstream], or end the process that has it",
                USAGE,
            ) from None
        assert self._standing.upstream is not None
        at = f"{subject.host}:{self._standing.upstream.port}"
        return OK, f"在 {at} 监听", f"listening at {at}"

    # -- the way there --------------------------------------------------------------------------------------------

    def network(self) -> Said:
        """Both addresses of the target take connections, and their certificates are trusted."""
        said: list[str] = []
        for url in dict.fromkeys((self.subject.url, self.subject.from_above)):
            said.append(reached(url, self.subject.ca))
        late = [each for each in said if each]
        if late:
            cure = "换发证书", "renew the certificate"
            return WARN, f"证书将于 {late[0]} 到期", f"the certificate ends on {late[0]}", *cure
        places = ", ".join(dict.fromkeys(urlsplit(url).netloc for url in (self.subject.url, self.subject.from_above)))
        return OK, f"{places} 可以连接", f"{places} can be reached"

    def keys(self) -> Said:
        """A signed harmless call is answered as it must be, an unsigned one is not."""
        probe = self._probe
        party = caller_of(probe, self.subject, self.ground, self.who.parties)
        cure = (
            f"核对 {party.code} 的密钥：[keys] 的 seed 或 parties 须与被测系统一致",
            f"compare the keys of {party.code}: seed or parties in [keys] must be those of the system under test",
        )
        reply = self._called(party, signed(party, probe.infno))
        self._reply = reply
        if reply.status_code != requests.codes.ok:
            if reply.status_code == requests.codes.not_found:
                number = probe.infno
                cure = (
                    f"改正 [target] 的 url：其后加 /{number} 后调用",
                    f"correct url in [target]: /{number} is added to it",
                )
            zh = f"签名的{probe.zh}得到 HTTP {reply.status_code}"
            en = f"a signed {probe.en} got HTTP {reply.status_code}"
            raise Ill(f"{zh}：{_short(reply)}", f"{en}: {_short(reply)}", *cure)
        found = schemas.load().check_text(probe.infno, "response", reply.content)
        if found:
            raise Ill(
                f"{probe.zh}的答复不合规范：{found[0].zh}",
                f"the reply to {probe.en} breaks its schema: {found[0].en}",
                "对照接口文档改正答复；或 url 指向了别的服务",
                "correct the reply by the interface's page; or url leads to another service",
            )
        head = orjson.loads(reply.content)
        if (head["infcode"] == 0) is not probe.succeeds:
            zh, en = ("被拒", "was refused") if probe.succeeds else ("被接受", "was accepted")
            raise Ill(
                f"{probe.zh}{zh}：{head['infcode']} {head.get('err_msg', '')}",
                f"{probe.en} {en}: {head['infcode']} {head.get('err_msg', '')}",
                f"在被测系统中登记 {party.code}（见 yidi data export 的 institutions）",
                f"let the system under test know {party.code} (institutions of yidi data export)",
            )
        bare = self._called(party, {})
        if bare.status_code == requests.codes.ok and _infcode(bare) == head["infcode"]:
            raise Ill(
                f"没有签名的{probe.zh}也被受理",
                f"an unsigned {probe.en} is let in, too",
                "让服务网关拒绝没有签名的请求",
                "have the gateway refuse what is not signed",
            )
        return OK, "签名的请求被接受，没有签名的被拒绝", "a signed call is accepted, an unsigned one refused"

    def _called(self, party: Party, headers: Any) -> requests.Response:
        now = machine().replace(microsecond=0)
        probe = self._probe
        body = Encoding(schemas.load()).encode(probe.word(self.ground, party.code, now))
        url = self.subject.url
        url = url if url.endswith("/callService") else f"{url.rstrip('/')}/{probe.infno}"
        sent = {**headers, "content-type": "application/json;charset=utf-8"}
        begun = machine()
        try:
            reply = requests.post(url, body, headers=sent, timeout=self.subject.seconds, verify=self.subject.ca or True)
        except requests.RequestException as error:
            raise Ill(
                f"{probe.zh}没有答复（{type(error).__name__}）",
                f"{probe.en} was not answered ({type(error).__name__})",
                "查看被测系统的日志；或调大 [target] 的 seconds",
                "look into the log of the system under test, or raise seconds in [target]",
                INCONCLUSIVE,
            ) from None
        self._asked = self._asked if headers == {} else (begun, machine())
        return reply

    def clock(self) -> Said:
        """Its clock, by the time its reply bears, is ours."""
        assert self._reply is not None
        text, begun, ended = str(orjson.loads(self._reply.content).get("respond_time", "")), *self._asked
        try:
            there = dt.datetime.strptime(text[:14], "%Y%m%d%H%M%S")
        except ValueError:
            cure = "在答复中写明respond_time", "give respond_time in replies"
            return WARN, "答复没有时间（respond_time）", "its reply bears no time (respond_time)", *cure
        self._day = there.date()
        off = max((there - ended).total_seconds(), (begun - there).total_seconds() - 1, 0.0)
        zh, en = f"时钟相差 {off:.0f} 秒（依答复的respond_time）", f"its clock is {off:.0f} s off (by respond_time)"
        cure = "校准两边的时钟（NTP，北京时间）", "set both clocks (NTP, Beijing time)"
        if off > FAR_OFF:
            raise Ill(zh, en, *cure)
        return (WARN, zh, en, *cure) if off > OFF else (OK, zh, en)

    # -- what it claims and offers --------------------------------------------------------------------------------

    def pack(self) -> Said:
        """The pack is in force on the target's day."""
        day, pack = self._day, self.ground.pack
        try:
            pack.at("process.wait_seconds.city", day)
        except NotInForce:
            raise Ill(
                f"政策包 {pack.id} 在被测系统的日期 {day} 不适用",
                f"the pack {pack.id} is not in force on {day}, the target's day",
                "在 [rules] 中另选政策包，或把两边的时钟设到适用的日期",
                "choose another pack in [rules], or set the clocks to a day it is in force on",
                USAGE,
            ) from None
        return OK, f"{pack.id} 在 {day} 适用", f"{pack.id} is in force on {day}"

    def hooks(self) -> Said:
        """A person loaded by the hook is found when the platform above asks (1101)."""
        if self.subject.by_hand:
            return OK, "人员由人工导入，不检查钩子", "people are loaded by hand; no hook is tried"
        try:
            step = self._look_up(self._probe.loads, 0)
        except NotOffered as error:
            return (
                WARN,
                f"没有钩子 {error.args[0]}：要求它的用例不适用",
                f"no hook {error.args[0]}: cases that need it are not applicable",
                "见 docs/reference/hooks.zh-CN.md",
                "see docs/reference/hooks.md",
            )
        except HookFailed as error:
            cure = "改正钩子（docs/reference/hooks.zh-CN.md）", "mend the hook (docs/reference/hooks.md)"
            raise Ill(f"钩子失败：{error}", str(error), *cure) from None
        if step is None:
            return OK, "装入人员和备案的钩子可用", "the hooks load people and filings"
        self._expect_found(step, "参保地", "the place of insurance")
        return OK, "经钩子装入的人员可以查到（1101）", "a person loaded by hook is found (1101)"

    def upstream(self) -> Said:
        """What is asked about a visitor comes out at our listener, and the answer goes back."""
        assert self._standing is not None
        assert self._standing.upstream is not None
        before = self._heard()
        step = self._look_up(self._probe.calls, 1)
        if self._heard() == before:
            at = f"{self.subject.host}:{self._standing.upstream.port}"
            zh, en = self._probe.listens(self.subject, self.ground, f"http://{at}")
            raise Ill(
                f"回调未收到：外地人员的1101没有从被测系统转到 {at}",
                f"callback not received: 1101 about a visitor did not come from the target to {at}",
                f"在被测系统中{zh}，并检查防火墙和地址转换",
                f"{en} in the system under test; mind firewalls and NAT",
            )
        self._expect_found(step, "就医地", "the place of treatment")
        return OK, "外地人员的1101经我方返回", "1101 about a visitor goes out to us and comes back"

    def _look_up(self, where: str, number: int) -> Any:
        """Have somebody looked up who is new; without ``where`` only loaded, and return None."""
        assert self._standing is not None
        bench, step = self._standing.bench, None
        bench.begin(_CASE, number, number)
        visit = bench.do(_CASE, number, "visit", where or self._probe.calls)
        if where:
            bench.do(_CASE, number, "say", visit, "9001")
            step = bench.do(_CASE, number, "say", visit, "1101")
        bench.end(_CASE, number)
        return step

    @property
    def _probe(self) -> Probe:
        return PROBES[self.subject.role]

    def _heard(self) -> int:
        """Return how many calls have come to our listener."""
        lines = checked((Path(self._folder.name) / EVIDENCE).read_bytes(), EVIDENCE)
        return sum(line.kind == FROM for line in lines)

    def _expect_found(self, step: Any, zh: str, en: str) -> None:
        if step.infcode == 0 and not step.wrong:
            return
        wrong = step.wrong[0] if step.wrong else None
        seen = f"{wrong.kind} {wrong.place} {wrong.received}" if wrong else f"{step.infcode} {step.err_msg}"
        raise Ill(
            f"查询人员（1101，{zh}）：{seen}".strip(),
            f"1101 at {en}: {seen}".strip(),
            "对照 1101 的接口文档和双方密钥",
            "compare with the page of 1101, and the keys of both sides",
        )


def _infcode(reply: requests.Response) -> Any:
    try:
        return orjson.loads(reply.content)["infcode"]
    except (ValueError, TypeError, KeyError):
        return None


def _short(reply: requests.Response) -> str:
    return reply.content[:120].decode(errors="replace")


def is_loopback(url: str) -> bool:
    """Tell whether an address is of this machine alone."""
    return (urlsplit(url).hostname or "") in {"127.0.0.1", "localhost", "::1"}
