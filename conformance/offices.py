"""What an institution's offices do beside its wards: statements and their files, own items, referrals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.bills import found
from conformance.case import _plain
from conformance.rough import Rough
from conformance.setting import Step
from conformance.visit import Visit
from simulator.core.filing.facts import Filed
from simulator.core.network.router import Passed, Router
from simulator.core.platform.message import Key, Message, party_of, request
from simulator.core.values.stamps import written

Rows = Sequence[Mapping[str, Any]]
_HEAD = {"recer_sys_code": "MBS_LOCAL", "infver": "V1.0", "opter_type": "2", "opter": "op01", "opter_name": "经办机构"}
_HEAD |= {"fixmedins_name": "经办机构"}


class Offices(Rough):
    """A case with the verbs of statements, registry and referrals."""

    def _sent(self, now: dt.datetime, visit: Visit, asked: Message, fault: str) -> Step:
        """Send a request; of a referral that is filed the province gets its copy, whether it is uploaded or not."""
        step = super()._sent(now, visit, asked, fault)
        if asked.infno == "2501" and step.infcode == 0:
            person, province = visit.wish.person, self._nodes[self._setting.ground.network.province.code]
            assert isinstance(province, Router)
            book, copies = self._insuring(visit).filings.book, province.filings.book
            for filing in book.of(person.psn_no):
                if copies.latest(filing.sn) is None:
                    province.fold(Filed(filing, person))
        return step

    def state(self, number: int, rows: Rows, text: str = "") -> None:
        """Let rows, or a text instead of them, be what the institution of a visit uploads next (9101)."""
        visit = self._visits[number]
        visit.stated, visit.text = tuple(rows), text

    def stated(self, number: int) -> list[dict[str, Any]]:
        """Return what was settled and cancelled of a visit as rows of a statement, amounts in fen."""
        rows: list[dict[str, Any]] = _plain(tuple(self._visits[number].rows))
        return rows

    def copied(self, number: int) -> list[dict[str, Any]]:
        """Return the rows of a visit's person that have passed the province, in the form of :meth:`stated`."""
        psn_no, province = self._visits[number].wish.person.psn_no, self._setting.ground.network.province.code
        passed = [fact.row for at, fact in self.stage.facts if at == province and isinstance(fact, Passed)]
        return [
            {
                "setl_id": row.setl_id,
                "mdtrt_id": row.mdtrt_id,
                "psn_no": row.psn_no,
                "medfee_sumamt": row.totals.medfee,
                "fund_pay_sumamt": row.totals.fund,
                "acct_pay": row.totals.account,
                "refd_setl_flag": "1" if row.refund else "0",
            }
            for row in passed
            if row.psn_no == psn_no
        ]

    def own_item(self, number: int) -> str:
        """Return a code for an item of the institution's own that no other case uses."""
        return f"ZB{self._visits[number].wish.person.psn_no[-12:]}"

    def item_code(self, kind: str, number: int) -> str:
        """Return the code of the item of a kind that a visit would charge; see :mod:`conformance.bills`."""
        return found(self._when(self._visits[number]), kind).code

    def is_code(self, table: str, code: str) -> bool:
        """Tell whether a national code table has a code."""
        return code in self._setting.registry.tables[table].labels

    def versions(self) -> list[str]:
        """Return the labels of the library's versions that are announced, the oldest first."""
        catalogue = self._setting.ground.catalogue_of(self._setting.subject)
        return [each.label for each in catalogue.history if each.announced <= self.today]

    def refer(self, number: int, to: int) -> None:
        """Let the person of a visit be referred to the hospital of another visit from now on (2501)."""
        self._visits[number].referred_to = self._visits[to].desk.institution

    def profile(self) -> str:
        """Return ``national``, or ``bureau`` where messages between bureaus are judged too."""
        return self._setting.profile

    def tell(self, number: int, infno: str, blocks: Mapping[str, Any], *, by: str = "") -> Step:
        """Let the other city of a visit, or the platform of the area ``by``, tell the city under test something.

        It comes through the province, as messages between bureaus do; amounts of the blocks are in fen.
        """
        now = self._now()
        asked, before = self._told(now, number, infno, blocks, by), len(self.stage.wrong)
        self._visits[number].keys.add(asked.key)
        seen = self.stage.to_subject(now, self._setting.ground.network.province.code, asked)
        return self._step(asked, seen.reply, seen, tuple(self.stage.wrong[before:]))

    def word_told(self, number: int, infno: str, blocks: Mapping[str, Any], *, by: str = "") -> bytes:
        """Word what :meth:`tell` tells, and send nothing."""
        return self._encoding.encode(self._told(self._now(), number, infno, blocks, by))

    def _told(self, now: dt.datetime, number: int, infno: str, blocks: Mapping[str, Any], by: str) -> Message:
        visit, subject = self._visits[number], self._setting.subject
        treating, insured = visit.desk.city, self._insuring(visit).code
        sender = by or (insured if treating == subject else treating)
        head = {"mdtrtarea_admvs": treating, "insuplc_admdvs": insured, **_HEAD, "inf_time": written(now)}
        head |= {"sender_admdvs": sender, "recer_admvs": subject}
        party = party_of(sender)
        return request(infno, Key(party, f"{party}{now:%Y%m%d%H%M%S}{self._line % 10_000:04d}"), head, blocks)

    def houses(self, level: str = "", *, visitors: bool = True) -> list[str]:
        """Return the institutions of the city under test that are open for visitors, or not; of a level, or all."""
        registry = self._setting.ground.network.national
        return [
            each.code
            for each in registry.institutions.values()
            if registry.city_of(each.area) == self._setting.subject
            and level in {"", each.level}
            and registry.open_for_visitors(each.code, self.today) is visitors
        ]

    def other_cities(self) -> int:
        """Return how many other cities the province has."""
        network = self._setting.ground.network
        return sum(network.is_own(code) for code in network.national.cities) - 1
