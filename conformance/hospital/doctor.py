"""The doctor for a hospital: nobody calls it, so all is seen from what it asks when the hook has it sign in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import orjson

from conformance.doctor import EVIDENCE, FAR_OFF, OFF, OK, PUBLIC_KEYS, USAGE, WARN, Doctor, Said, is_loopback
from conformance.evidence import FROM, as_bytes, checked
from conformance.hospital.case import DONE, NOT_OFFERED, Errand
from conformance.reaching import Ill
from conformance.stage import SIGNATURE
from conformance.standing import around
from simulator.inputs.errors import InputError
from simulator.inputs.hooks import HookFailed, NotOffered
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import read_subject
from simulator.outputs.console import UsageError
from simulator.sandbox.wrong import said_of

_CASE = "doctor"
_MEND = "改正钩子（docs/reference/certified-hospital.zh-CN.md）", "mend the hook (docs/reference/certified-hospital.md)"


class HospitalDoctor(Doctor):
    """Checks of a hospital by name; see :class:`Doctor`."""

    _signed_in: Errand | None = None

    def configuration(self) -> Said:
        """The file, the pack and the parties can be read, there is such a hospital, and it can be asked."""
        try:
            self.subject = subject = read_subject(self._file)
            self.ground = ground_of(subject.pack)
            if subject.code not in self.ground.network.national.institutions:
                problem = f'is "{subject.code}", and there is no such institution in the network'
                raise InputError(subject.file, "subject.code", problem, "yidi serve lists them at /institutions")
            if "do" not in subject.hooks:
                problem = "is missing, and without it a hospital cannot be asked for anything"
                raise InputError(subject.file, "hooks.do", problem, "name it (docs/reference/certified-hospital.md)")
            self.who = around(subject, self.ground)
        except (InputError, UsageError) as error:
            raise Ill(*said_of(error), "改正配置文件", "correct the file", USAGE) from None
        if subject.seed == "1" and not subject.parties and not is_loopback(f"http://{subject.host}"):
            return PUBLIC_KEYS
        return OK, f"{subject.name}（{subject.code}）", f"{subject.name} ({subject.code})"

    def network(self) -> Said:
        """Nothing is called at a hospital but its hook."""
        return OK, "不调用医院，只用钩子 do", "nobody calls a hospital: only its hook do is asked"

    def keys(self) -> Said:
        """The hook has the window sign in, and a signed 9001 comes to our listener."""
        errand = self._signed_in = self._asked_to("sign_in")
        at = f"http://{self.subject.host}:{self._port}"
        turned_away = next((each for each in errand.wrong if each.kind == SIGNATURE), None)
        if turned_away is not None:
            raise Ill(
                f"医院的9001签名不合约定：{turned_away.received}",
                f"9001 of the hospital is not signed as agreed: {turned_away.received}",
                f"核对机构 {self.subject.code} 的密钥：[keys] 的 seed 或 parties 须与医院一致",
                f"compare the keys of {self.subject.code}: seed or parties in [keys] must be those of the hospital",
            )
        if not self._heard():
            raise Ill(
                f"未收到9001：医院没有向 {at} 签到",
                f"no 9001 has come: the hospital did not sign in at {at}",
                f"在医院系统中把就医地的地址设为 {at}，并检查防火墙和地址转换",
                f"configure {at} as its city in the hospital's system; mind firewalls and NAT",
            )
        self._expect_done(errand)
        return OK, "医院经钩子签到（9001），签名正确", "asked by the hook it signs in (9001), signed as agreed"

    def clock(self) -> Said:
        """Its clock, by the time its request bears, is ours."""
        lines = checked((Path(self._folder.name) / EVIDENCE).read_bytes(), EVIDENCE)
        line = [each for each in lines if each.kind == FROM][-1]
        there = dt.datetime.fromisoformat(str(orjson.loads(as_bytes(line.said["body"]))["inf_time"]))
        self._day, off = there.date(), abs((there - dt.datetime.fromisoformat(line.now)).total_seconds())
        zh, en = f"时钟相差 {off:.0f} 秒（依请求的inf_time）", f"its clock is {off:.0f} s off (by inf_time)"
        cure = "校准两边的时钟（NTP，北京时间）", "set both clocks (NTP, Beijing time)"
        if off > FAR_OFF:
            raise Ill(zh, en, *cure)
        return (WARN, zh, en, *cure) if off > OFF else (OK, zh, en)

    def hooks(self) -> Said:
        """A patient whom the hook gives is asked about (1101)."""
        errand = self._asked_to("play")
        if errand.outcome == NOT_OFFERED:
            return WARN, "医院不办住院", "it does not offer stays", "见文档", "see docs/reference/certified-hospital.md"
        self._expect_done(errand)
        return OK, "经钩子给出的病人已查询（1101）", "a patient given by the hook is asked about (1101)"

    def upstream(self) -> Said:
        """All that it asks comes to our listener: seen above."""
        return OK, "医院的请求到达我方", "what the hospital asks comes to us"

    @property
    def _port(self) -> int:
        assert self._standing is not None
        assert self._standing.upstream is not None
        return self._standing.upstream.port

    def _asked_to(self, what: str) -> Errand:
        """Have the hospital sign in, or ask about a patient as well, in a case of its own."""
        assert self._standing is not None
        bench, number = self._standing.bench, int(what == "play")
        bench.begin(_CASE, number, number)
        try:
            errand: Any = bench.do(_CASE, number, "sign_in")
            if what == "play":
                errand = bench.do(_CASE, number, "play", bench.do(_CASE, number, "give"), "1101")
        except (HookFailed, NotOffered) as error:
            raise Ill(f"钩子失败：{error}", str(error), *_MEND) from None
        finally:
            bench.end(_CASE, number)
        found: Errand = errand
        return found

    def _expect_done(self, errand: Errand) -> None:
        wrong = errand.wrong[0] if errand.wrong else None
        if errand.outcome == DONE and wrong is None:
            return
        seen = f"{wrong.kind} {wrong.infno} {wrong.place} {wrong.received}" if wrong else f"{errand.told}"
        raise Ill(f"医院未照办：{seen}", f"the hospital has not done as asked: {seen}", *_MEND)
