"""The province keeps what passed, by pair of cities, month and insurance type."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.audit.provincial import AuditLog
from simulator.core.platform.message import Key, reply_to, request
from simulator.core.platform.turn import Turn


def test_a_deduction_of_several_insurance_types_is_summed_by_type(play: Any) -> None:
    log = AuditLog()
    play.province.follow(log.folds)
    data = {"ded_no": "K1", "chk_admdvs": "320100", "insuplc_admdvs": "320300", "setlym": "201610"}
    rows = [{"insutype": "390", "ded_amt": 5}, {"insutype": "310", "ded_amt": 7}, {"insutype": "390", "ded_amt": 6}]
    asked = request("A102", Key("C32010000000", "m"), {}, {"data": data, "dedlist": rows})
    log.notes["A102"](Turn(play.province, dt.datetime(2016, 10, 10)), asked, reply_to(asked, {}, {}))
    assert log.deducted("201610") == {("320100", "320300", "390"): 11, ("320100", "320300", "310"): 7}
    assert log.deducted("201611") == {}
