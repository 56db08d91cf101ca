"""Why a platform refuses: one table of ``infcode``, name, and one sentence in zh and en with the cure.

The national interface publishes only 0 and -1; the codes below -1 are this project's own proposal. ``{…}`` is filled
with what was found. ``err_msg`` carries the Chinese sentence.
"""

from __future__ import annotations

from typing import NamedTuple


class Refusal(NamedTuple):
    """A reason to refuse; ``code`` is the negative ``infcode``; a ``passing`` one is not kept as the final answer."""

    code: int
    name: str
    zh: str
    en: str
    passing: bool = False


def _table(*rows: Refusal) -> dict[str, Refusal]:
    return {row.name: row for row in rows}


REFUSALS = _table(
    Refusal(-101, "unknown_area", "区划{0}未登记，请核对医保区划", "area {0} is not registered: check the code"),
    Refusal(-102, "area_not_connected", "统筹区{0}尚未接入省平台", "pooling area {0} is not connected yet"),
    Refusal(-103, "not_for_this_platform", "本平台不经办{0}", "area {0} is not handled by this platform"),
    Refusal(-104, "unknown_transaction", "不支持交易{0}", "transaction {0} is not supported here"),
    Refusal(-111, "unknown_institution", "定点机构{0}未登记", "institution {0} is not registered in this area"),
    Refusal(-112, "institution_not_open", "定点机构{0}未开通异地住院联网", "institution {0} is not open to visitors"),
    Refusal(-113, "not_signed_in", "未签到或签到编号无效，请先做9001", "not signed in: send 9001 first"),
    Refusal(-121, "unknown_person", "查无此参保人员，请核对证件与参保地", "no such insured person: check id and area"),
    Refusal(-122, "not_filed", "未办理异地就医备案或备案不在有效期", "no filing is valid on the day of admission"),
    Refusal(-123, "wrong_insutype", "险种{0}与参保信息不符", "insurance type {0} is not the person's"),
    Refusal(-131, "unknown_visit", "就诊{0}不存在", "visit {0} does not exist"),
    Refusal(-132, "not_allowed_now", "就诊状态为{0}，不能办理{1}", "the visit is {0}: {1} is not allowed now"),
    Refusal(-133, "other_person", "人员编号与就诊记录不符", "the person is not the one of the visit"),
    Refusal(-134, "lines_left", "尚有未撤销的费用明细，请先做2302", "fee lines are left: cancel them with 2302 first"),
    Refusal(-135, "busy", "该就诊有交易正在处理或结果未知，请先冲正", "an earlier step is still open", passing=True),
    Refusal(-141, "line_amount", "明细{0}金额不等于单价乘数量", "line {0}: the amount is not price times quantity"),
    Refusal(-142, "line_repeated", "明细流水号{0}重复", "line number {0} was used before in this visit"),
    Refusal(-143, "item_unmapped", "明细{0}的目录编码{1}不在目录有效期内", "line {0}: {1} is not in the catalogue"),
    Refusal(-144, "refund_too_large", "退费明细{0}超过原明细", "refund line {0} exceeds what it refunds"),
    Refusal(-145, "unknown_line", "费用明细{0}不存在", "fee line {0} does not exist"),
    Refusal(-151, "bill_differs", "医疗费总额{0}与明细合计{1}不一致", "the bill {0} is not the sum of its lines {1}"),
    Refusal(-152, "class_totals_differ", "分类合计与参保地重算不一致", "the class totals differ from the lines"),
    Refusal(-153, "shares_do_not_add_up", "参保地返回金额不平衡，请冲正", "the shares do not add up: reverse it"),
    Refusal(-154, "unknown_settlement", "结算{0}不存在或已撤销", "settlement {0} does not exist or is cancelled"),
    Refusal(-161, "msgid_reused", "报文ID{0}已用于另一报文", "msgid {0} was used for another message"),
    Refusal(-162, "reversed", "报文ID{0}已被冲正或撤销", "msgid {0} was reversed or cancelled"),
    Refusal(-163, "not_reversible", "交易{0}不可冲正", "transaction {0} cannot be reversed"),
    Refusal(-164, "later_steps", "其后已有业务，不能冲正，请先撤销后续", "later steps stand on it: undo those first"),
    Refusal(-171, "unknown_file", "文件{0}不存在，请先上传", "file {0} does not exist: upload it first"),
    Refusal(-191, "outcome_unknown", "等待{0}超时，结果未知，请冲正或重发", "no answer from {0} in time", passing=True),
)

BY_CODE = {refusal.code: refusal for refusal in REFUSALS.values()}
