"""What nobody honest sends: raw bytes, signed as one likes or as somebody else, and one message twice at once.

Of what is sent raw the model hears nothing: a system under test must refuse it, and go on as if nothing had come.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any, NamedTuple

import schemas
from conformance.case import _changed, _plain
from conformance.people import SHAPES
from conformance.scenes import Scenes, _passed_on
from conformance.setting import Step
from conformance.stage import ACCEPTED, DIFFERS, NO_ANSWER, SCHEMA, STATUS, Wrong
from conformance.visit import Visit
from conformance.wire import JSON, Answer, Call
from simulator.core.network.hospital import Desk
from simulator.core.platform.message import Message
from simulator.core.values.areas import Institution
from simulator.inputs.gateways import SCHEMES
from simulator.sandbox.parties import Party

OWN, NEIGHBOUR, STRANGER, IMPOSTOR, ABOVE = "", "neighbour", "stranger", "impostor", "above"
"""Who signs: whoever should; another of those who call (a hospital of the same city, a city of the province); a key
nobody has; a secret that is wrong; the platform above."""
TWICE = "twice"
_OK, _FAULT = 200, 500
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Heard(NamedTuple):
    """How raw bytes were answered: HTTP status (0: not at all), ``infcode`` where it was a message, the bytes.

    ``wrong`` is what no system may do whatever it was sent: say nothing, fail, or answer with what is no message.
    """

    infno: str
    status: int
    infcode: int | None
    err_msg: str
    content: bytes
    wrong: tuple[Wrong, ...]
    line: int
    seconds: float

    @property
    def accepted(self) -> bool:
        """Tell whether it was taken in."""
        return self.status == _OK and self.infcode in {0, None}


class Rough(Scenes):
    """A case that may also send what nobody honest sends."""

    _spelt = b""  # what is sent instead of what a message is usually written as

    def word(self, number: int, infno: str, changed: Mapping[str, Any] = _NOTHING) -> bytes:
        """Word the request of a step as it would go to the system under test, and send nothing."""
        visit, now = self._visits[number], self._now()
        visit.desk._serial = self._line
        visit.last = _changed(visit.word(now, infno), changed)
        return self._encoding.encode(self._outward(visit))

    def raw(
        self, number: int, body: bytes, infno: str, *, by: str = OWN, sign: str = "", content_type: str = JSON
    ) -> Heard:
        """Send bytes to the address of a transaction; ``by`` and ``sign`` say who signs them, and how."""
        visit, now = self._visits[number], self._now()
        party, before = self._party(visit, by), len(self.stage.wrong)
        answer = self._wire.call(
            self.name,
            self.attempt,
            now,
            self._raw_call(party, visit, body, infno)._replace(sign=sign, content_type=content_type),
        )
        heard = heard_of(self._setting.registry, infno, answer)
        return heard._replace(wrong=(*heard.wrong, *self.stage.wrong[before:]))

    def twice(self, number: int, infno: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Send a step twice at the same moment; either is answered alike, or one of them refused."""
        return self.say(number, infno, changed, TWICE)

    def repeat(self, number: int, infno: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Bring a request of a visit before the system under test once more, past everybody else.

        It is the last of its transaction that got there; where none did, the last that was worded.
        """
        visit, now = self._visits[number], self._now()
        sent = [each.asked for each in self.stage.exchanges if each.asked.key in visit.keys]
        sent = [each for each in sent if each.infno == infno]
        asked = _changed(sent[-1] if sent else self._outward(visit), changed)
        before = len(self.stage.wrong)
        seen = self.stage.to_subject(now, self._sender(visit), asked)
        return self._step(asked, seen.reply, seen, tuple(self.stage.wrong[before:]))

    def deliver(self, number: int, body: bytes) -> Step:
        """Send the request that was worded last in these bytes, which say the same in another spelling."""
        visit, now = self._visits[number], self._now()
        asked, before = self._outward(visit), len(self.stage.wrong)
        self._spelt = body
        seen = self.stage.to_subject(now, self._sender(visit), asked)
        if seen.reply is not None and seen.reply.succeeded and self._is_here(visit):
            visit.hear(asked, seen.reply)
        return self._step(asked, seen.reply, seen, tuple(self.stage.wrong[before:]))

    def word_reversal(self, number: int, infno: str, msgid: str) -> bytes:
        """Word the reversal (2601) of any message, and send nothing."""
        visit, now = self._visits[number], self._now()
        visit.desk._serial = self._line
        assert visit.last is not None
        original = visit.last._replace(infno=infno, key=visit.last.key._replace(msgid=msgid))
        visit.last = visit.desk.reverse(now, visit.wish.person, original)
        return self._encoding.encode(self._outward(visit))

    def reverse_that(self, number: int, infno: str, msgid: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Reverse (2601) any message of the visit's institution, sent or not."""
        visit, now = self._visits[number], self._now()
        visit.desk._serial = self._line
        assert visit.last is not None
        original = visit.last._replace(infno=infno, key=visit.last.key._replace(msgid=msgid))
        visit.last = asked = _changed(visit.desk.reverse(now, visit.wish.person, original), changed)
        return self._sent(now, visit, asked, "")

    def last(self, number: int) -> tuple[str, str]:
        """Return transaction and ``msgid`` of the last request of a visit."""
        asked = self._visits[number].last
        assert asked is not None
        return asked.infno, asked.msgid

    def facts(self, number: int) -> Mapping[str, str]:
        """Return what a visit is known by: person, institution, the numbers it was given, the sign-in."""
        visit = self._visits[number]
        person, house = visit.wish.person, visit.desk.institution
        known = {"psn_no": person.psn_no, "certno": person.certno, "name": person.name, "house": house.code}
        known |= {"area": person.insured_area, "mdtrt_id": visit.mdtrt_id, "setl_id": visit.setl_id}
        return known | {"sign_no": visit.desk.sign_no, "today": self.today.isoformat()}

    def passed(self) -> tuple[tuple[str, str], ...]:
        """Return transaction and ``msgid`` of every request that the system under test made upwards."""
        self._now()  # what has come in before it is noted is seen, then and when it is judged again
        return tuple((each.infno, each.msgid) for each in self.stage.passed)

    def told(self) -> tuple[tuple[str, int | None, str, Mapping[str, Any]], ...]:
        """Return transaction, ``infcode``, ``err_msg`` and blocks of each answer it got from above."""
        self._now()
        return tuple(
            (each.infno, each.infcode, str(each.head.get("err_msg", "")), _plain(each.blocks))
            for each in self.stage.told
        )

    def nonces(self) -> bool:
        """Tell whether the calls of this run bear a nonce."""
        visit = next(iter(self._visits.values()))
        scheme = SCHEMES.get(self._party(visit, OWN).scheme)
        return scheme is not None and "x-tif-nonce" in scheme.headers("", "", "", 0.0, "0" * 32)

    # -- the day of an institution --------------------------------------------------------------------------------

    def quiet(self, shape: str, clr_type: str) -> str:
        """Return an institution of the city under test that has settled nothing of a kind today, as the city says.

        A case that asks for one is alone on the bench, and cancels what it has settled: it finds one however many
        cases did before. Those that are not open to visitors come first, where hardly any other case settles. Where
        none is quiet, it is the first.
        """
        setting, national = self._setting, self._setting.ground.network.national
        houses = [each for each in national.institutions.values() if national.city_of(each.area) == setting.subject]
        houses.sort(key=lambda each: national.open_for_visitors(each.code, self.today))
        about = {"insutype": SHAPES[shape].insutype, "clr_type": clr_type, "setl_optins": setting.subject}
        return next((each.code for each in houses if self._is_quiet(each, about)), houses[0].code)

    def _is_quiet(self, house: Institution, about: Mapping[str, str]) -> bool:
        desk, day = Desk(house, self._setting.subject), self.today.isoformat()
        signed_in = self._asked_apart(desk, desk.sign_in)
        desk.sign_no = str(signed_in.get("signinoutb", {}).get("sign_no", ""))
        nothing = dict.fromkeys(("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "fixmedins_setl_cnt"), 0)
        data = {**about, "stmt_begndate": day, "stmt_enddate": day, **nothing}
        compared = self._asked_apart(desk, lambda now: desk._request(now, "3201", "", {"data": data}))
        return str(compared.get("stmtinfo", {}).get("stmt_rslt")) == "0"

    def _asked_apart(self, desk: Desk, word: Any) -> Mapping[str, Any]:
        """Ask the system under test something of which the model hears nothing; return the output."""
        now = self._now()
        desk._serial = self._line
        asked: Message = word(now)
        party, url = self._setting.party(asked.party), self._setting.address(asked.party, asked.infno)
        call = Call(party, asked.infno, self._encoding.encode(asked), url, seconds=self._setting.seconds)
        answer = self._wire.call(self.name, self.attempt, now, call)
        output = _object(answer.body).get("output")
        return output if isinstance(output, Mapping) else {}

    # -- the wire -------------------------------------------------------------------------------------------------

    def _outward(self, visit: Visit) -> Message:
        """Return the last request of a visit as it comes to the system under test."""
        assert visit.last is not None
        return visit.last if self._is_here(visit) else _passed_on(visit, visit.last)

    def _is_here(self, visit: Visit) -> bool:
        return visit.desk.city == self._setting.subject

    def _party(self, visit: Visit, by: str) -> Party:
        setting, code = self._setting, visit.desk.institution.code
        own = setting.party(self._sender(visit))
        if by == STRANGER:
            return own._replace(key_id=f"{own.key_id[:-1]}{'1' if own.key_id[-1] != '1' else '2'}X"[-len(own.key_id) :])
        if by == IMPOSTOR:
            return own._replace(secret=f"not {own.secret}")
        if by == ABOVE:
            return setting.party(setting.above)
        if by == NEIGHBOUR and setting.towns:
            return setting.party(next(town for town in setting.towns if town != visit.desk.city))
        if by == NEIGHBOUR:
            registry = setting.ground.network.national
            others = (each for each in registry.institutions.values() if registry.city_of(each.area) == setting.subject)
            return setting.party(next(each.code for each in others if each.code != code))
        return own

    def _raw_call(self, party: Party, visit: Visit, body: bytes, infno: str) -> Call:
        setting, above = self._setting, self._setting.above
        by = above if party.code == above else self._sender(visit)
        return Call(party, infno, body, setting.address(by, infno), seconds=setting.seconds)

    def _call(self, now: dt.datetime, by: str, message: Message) -> Answer:
        if self._spelt:
            self._keys.add(message.key)
            body, self._spelt = self._spelt, b""
            party, url = self._setting.party(by), self._setting.address(by, message.infno)
            call = Call(party, message.infno, body, url, seconds=self._setting.seconds)
            return self._wire.call(self.name, self.attempt, now, call)
        if self._fault != TWICE:
            return super()._call(now, by, message)
        self._fault = ""
        once = super()._call
        with ThreadPoolExecutor(2) as threads:
            waited = [threads.submit(once, now, by, message) for _ in range(2)]
            answers = sorted((each.result() for each in waited), key=lambda answer: answer.line)
        answers.sort(key=lambda answer: _object(answer.body).get("infcode") != 0)
        first, second = answers
        self.stage.wrong += _unlike(self._setting.registry, message, first, second)
        return first


def heard_of(registry: schemas.Registry, infno: str, answer: Answer) -> Heard:
    """Return how raw bytes were answered, judged by what is never allowed."""
    told, wrong = _object(answer.body), list[Wrong]()
    code = told.get("infcode")
    if not answer.status:
        wrong.append(Wrong(NO_ANSWER, infno, "", "a refusal", answer.why, answer.line))
    elif answer.status >= _FAULT:
        wrong.append(Wrong(STATUS, infno, "", "a refusal", f"HTTP {answer.status}", answer.line))
    elif answer.status == _OK and "infcode" in told:
        found = registry.check_text(infno or None, "response", answer.body)
        wrong += [
            Wrong(SCHEMA, infno, each.pointer, str(each.expected), str(each.received), answer.line, each.zh, each.en)
            for each in found
        ]
    said = str(told.get("err_msg", told.get("message", "")))
    number = code if isinstance(code, int) else None
    return Heard(infno, answer.status, number, said, answer.body, tuple(wrong), answer.line, answer.seconds)


def accepted(heard: Heard, what: str) -> Wrong:
    """Return what is wrong with something that was taken in."""
    return Wrong(ACCEPTED, heard.infno, "", f"a refusal of {what}", f"infcode {heard.infcode}", heard.line)


def _unlike(registry: schemas.Registry, message: Message, first: Answer, second: Answer) -> list[Wrong]:
    """Return how two answers to the same message differ; one of them may be a refusal."""
    heard = heard_of(registry, message.infno, second)
    one, other = _object(first.body), _object(second.body)
    if heard.wrong or other.get("infcode") != 0:
        return list(heard.wrong)
    same = one.get("infcode") == 0 and one.get("output") == other.get("output")
    if same:
        return []
    return [Wrong(DIFFERS, message.infno, "/output", str(one.get("output")), str(other.get("output")), second.line)]


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = schemas.parse(body)
    except (ValueError, schemas.BadText):
        return {}
    return found if isinstance(found, Mapping) else {}


__all__ = ["ABOVE", "IMPOSTOR", "NEIGHBOUR", "STRANGER", "Heard", "Rough", "accepted", "heard_of"]
