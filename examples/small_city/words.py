"""Words and numbers as they go over the wire: refusals, JSON that keeps every figure, Beijing's time."""

import datetime as dt
import json
from decimal import Decimal

REFUSALS = {
    "not_for_this_platform": (-103, "本平台不经办"),
    "unknown_transaction": (-104, "不支持交易"),
    "malformed": (-105, "报文不合规"),
    "not_yours": (-106, "不属于本调用方"),
    "unknown_institution": (-111, "定点机构未登记"),
    "not_signed_in": (-113, "未签到或签到编号无效"),
    "unknown_person": (-121, "查无此参保人员"),
    "wrong_insutype": (-123, "险种与参保信息不符"),
    "unknown_visit": (-131, "就诊不存在"),
    "not_allowed_now": (-132, "就诊状态不允许"),
    "other_person": (-133, "人员编号与就诊记录不符"),
    "lines_left": (-134, "尚有未撤销的费用明细"),
    "busy": (-135, "该就诊有交易结果未知，请先冲正"),
    "line_amount": (-141, "明细金额不等于单价乘数量"),
    "line_repeated": (-142, "明细流水号重复"),
    "item_unmapped": (-143, "目录编码不在目录内"),
    "unknown_line": (-145, "费用明细不存在"),
    "wrong_med_type": (-149, "医疗类别与交易不符"),
    "bill_differs": (-151, "医疗费总额与明细合计不一致"),
    "class_totals_differ": (-152, "分类合计与参保地重算不一致"),
    "unknown_settlement": (-154, "结算不存在或已撤销"),
    "msgid_reused": (-161, "报文ID已用于另一报文"),
    "reversed": (-162, "报文ID已被冲正或撤销"),
    "not_reversible": (-163, "交易不可冲正"),
    "later_steps": (-164, "其后已有业务，不能冲正"),
    "outcome_unknown": (-191, "等待上级平台超时，结果未知"),
    "upstream_down": (-192, "上级平台不可达，报文未送出"),
}
PASSING = {-135, -191, -192}  # no final answer: the same message may come again
BEIJING = dt.timezone(dt.timedelta(hours=8))


class Refused(Exception):
    """A request that is refused, by the name of the refusal."""


def now():
    """Return the time in Beijing."""
    return dt.datetime.now(BEIJING)


def today():
    """Return the day in Beijing, as messages write it."""
    return f"{now():%Y-%m-%d}"


def parsed(text):
    """Return JSON as it was meant: exact numbers, no key twice; raises ValueError."""

    def once(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    return json.loads(text.decode("utf-8"), parse_float=Decimal, object_pairs_hook=once)


def dumped(value):
    """Return JSON in UTF-8, every number as it is."""
    return json.dumps(plain(value), ensure_ascii=False).encode()


def plain(value):
    """Return a value with every exact number as one that JSON can write."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value  # written with the fewest digits: 0.1 stays 0.1
