"""An answer to a dispute that does not fit its ticket comes back, and nothing is booked."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from simulator.core.disputes.ticket import AnswerTicket
from simulator.core.platform.refusals import BY_CODE

NANJING, XUZHOU = "320100", "320300"


def test_an_answer_that_rules_on_another_settlement_is_refused(matter: Any) -> None:
    ticket = matter.opened()
    matter.act(AnswerTicket("T1", "explained", "x"), at=NANJING)
    sent = next(hop[2] for hop in matter.play.relay.hops if hop[2].infno == "C105" and not hop[2].is_reply)
    matter.play.insured.disputes.tickets["T1"] = ticket  # as it was before the answer came
    rows = tuple(MappingProxyType({**row, "setl_id": "A0"}) for row in sent.rows("rsltlist"))
    wrong = sent._replace(
        key=sent.key._replace(msgid=f"{sent.msgid[:-4]}9999"),
        blocks=MappingProxyType({**sent.blocks, "rsltlist": rows}),
    )
    reply = matter.play.ask(wrong, to=XUZHOU)
    assert BY_CODE[reply.infcode].name == "case_unclear"
    assert matter.ticket() == ticket
