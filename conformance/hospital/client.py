"""What a test of a hospital's suite holds: the hospital, its visits, and what it was asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.client import CaseClient, Nonconformant, NotApplicable
from conformance.hospital.case import DONE, NOT_OFFERED, REVERSED, UNKNOWN, Errand
from conformance.hospital.chart import STATEMENT
from conformance.hospital.duties import CLAIMED
from conformance.setting import HERE
from conformance.stage import DIFFERS, Wrong


class HospitalClient:
    """The hospital under test, in one case; it has signed in when a test gets to hold it."""

    def __init__(self, case: CaseClient) -> None:
        self.case = case

    def signs_in(self) -> Errand:
        """Have it sign in, once more where it had no answer; it must succeed."""
        errand = judged(self.case.do("sign_in"))
        return done(self.case.do("sign_in") if errand.outcome == UNKNOWN else errand)

    def visit(self, where: str = HERE, shape: str = "worker", **wish: Any) -> Stay:
        """Give it a new person to treat."""
        return Stay(self.case, self.case.do("give", where, shape, **wish))

    def breaks(self, infno: str, what: str, *, seconds: float = 0.0, times: int = 1) -> None:
        """Let something happen to its next calls of a transaction."""
        for _ in range(times):
            self.case.do("break_upwards", infno, what, seconds)

    def mended(self) -> None:
        """Let nothing more happen to its calls."""
        self.case.do("mend")

    def may_be_refused(self) -> None:
        """Let the city's refusals be what is expected."""
        self.case.do("let_refuse")

    def signed_out_behind(self) -> None:
        """Let the city forget its sign-in."""
        self.case.do("sign_out_behind")

    def states_first(self) -> None:
        """Have it state today before anything was done, so that what it states later can be told apart."""
        done(self.case.do("reconcile", first=True))

    def states(self, day: str = "") -> None:
        """Have it state a day, today by default, once more where it had no answer.

        What it states has grown by what its city booked on that day, to the fen.
        """
        if judged(self.case.do("reconcile", day)).outcome == UNKNOWN:
            done(self.case.do("reconcile", day))
        stated, held = self.case.do("grown", day)
        self.case.expect(STATEMENT, "/input/data", held, stated)

    def today(self) -> str:
        """Return the day it is, as messages write it."""
        return self.case.day(0)

    def next_day(self) -> None:
        """Let its clock pass midnight by itself; it signs in for the new day and states it before anything is done."""
        self.case.turn_day()
        self.signs_in()
        self.states_first()

    def waits(self, seconds: float) -> None:
        """Let time pass: what was on its way arrives."""
        self.case.do("wait", seconds)


class Stay:
    """A visit that the hospital was given."""

    def __init__(self, case: CaseClient, number: int) -> None:
        self._case, self._number = case, number
        self.plan: tuple[str, ...] = case.do("plan_of", number)
        self.cancels: str = case.do("cancels_of", number)

    @property
    def settles(self) -> str:
        """Return the transaction that settles it."""
        return self.plan[-1]

    def until(self, infno: str) -> Errand:
        """Have it played as far as a transaction, which must succeed."""
        return done(self.asked(infno))

    def asked(self, infno: str) -> Errand:
        """Ask for it to be played as far as a transaction, and hold what comes to the hospital's duties."""
        return judged(self._case.do("play", self._number, infno))

    def settled(self) -> Errand:
        """Have it played to its end."""
        return self.until(self.settles)

    def charged(self, *rows: Mapping[str, Any]) -> None:
        """Let further fee lines arise, as the bench's bills word them; they are charged with what is asked for next."""
        self._case.do("charge_more", self._number, rows)

    def settled_in_part(self) -> Errand:
        """Have what has arisen so far settled in part, once more where it has reversed that; it must succeed."""
        errand = self.asked_in_part()
        return done(self.asked_in_part() if errand.outcome in {REVERSED, UNKNOWN} else errand)

    def asked_in_part(self) -> Errand:
        """Ask for what has arisen so far to be settled in part, and hold what comes to the hospital's duties."""
        return judged(self._case.do("part", self._number))

    def cancelled(self) -> Errand:
        """Have its settlement cancelled, once more where it has reversed that; it must succeed."""
        errand = judged(self._case.do("cancel", self._number))
        return done(self._case.do("cancel", self._number) if errand.outcome in {REVERSED, UNKNOWN} else errand)

    def killed(self, infno: str) -> Errand:
        """Have it played or cancelled, and the hospital killed and started again when it asks for that transaction."""
        return judged(self._case.disturb("kill", self._number, infno))

    def stops(self, infno: str) -> Errand:
        """Ask for it to be played as far as a transaction, which must not be reached."""
        errand = self.asked(infno)
        if errand.outcome == DONE:
            raise Nonconformant((Wrong(CLAIMED, infno, "/outcome", "anything else", DONE, errand.line),))
        return errand

    def brought_to_an_end(self) -> Errand:
        """Have it settled, once more where the hospital has reversed what had no answer."""
        errand = self.asked(self.settles)
        return done(self.asked(self.settles) if errand.outcome in {REVERSED, UNKNOWN} else errand)

    def standing(self) -> Mapping[str, int]:
        """Return what stands of it in the city's books: ``standing`` settlements, and figures in fen."""
        known: Mapping[str, int] = self._case.do("standing", self._number)
        return known

    def stands(self, settlements: int) -> None:
        """Hold how many settlements of it stand in the city's books."""
        found = self.standing()["standing"]
        if found != settlements:
            wrong = Wrong(DIFFERS, self.settles, "/standing", str(settlements), str(found), 0)
            raise Nonconformant((wrong,))


def judged(errand: Errand) -> Errand:
    """Return what was done; raises Nonconformant for what was wrong, and NotApplicable for what is not offered."""
    if errand.wrong:
        raise Nonconformant(errand.wrong)
    if errand.outcome == NOT_OFFERED:
        raise NotApplicable(f"the hospital does not offer it: {errand.what}")
    return errand


def done(errand: Errand) -> Errand:
    """Return what was done, as it must be."""
    if judged(errand).outcome != DONE:
        said = " ".join(str(errand.told.get(name, "")) for name in ("outcome", "infno", "err_msg")).strip()
        last = errand.calls[-1].infno if errand.calls else errand.what
        raise Nonconformant((Wrong(CLAIMED, last, "/outcome", DONE, said, errand.line),))
    return errand


def infnos(errand: Errand) -> tuple[str, ...]:
    """Return what the hospital asked meanwhile, transaction by transaction."""
    return tuple(call.infno for call in errand.calls)
