"""Why a platform refuses: one table of ``infcode``, name, and one sentence in zh and en with the cure.

The national interface publishes only 0 and -1; the codes below -1 are this project's own proposal. ``{…}`` is filled
with what was found; every reason has a code, so that they can be counted (JS-3.4f). ``err_msg`` carries the Chinese
sentence.
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
    Refusal(-105, "malformed", "报文不合规：{0}", "the message is not as the interface says: {0}"),
    Refusal(-106, "not_yours", "{0}不属于本调用方", "{0} is not the caller's to speak for"),
    Refusal(-107, "too_many", "调用过于频繁，请稍后重发", "too many calls: send it again later", passing=True),
    Refusal(-111, "unknown_institution", "定点机构{0}未登记", "institution {0} is not registered in this area"),
    Refusal(-112, "institution_not_open", "定点机构{0}未开通异地住院联网", "institution {0} is not open to visitors"),
    Refusal(-113, "not_signed_in", "未签到或签到编号无效，请先做9001", "not signed in: send 9001 first"),
    Refusal(-121, "unknown_person", "查无此参保人员，请核对证件与参保地", "no such insured person: check id and area"),
    Refusal(-122, "not_filed", "{1}在{0}就医无有效备案，已有：{2}", "no filing covers {0} on {1}; filed are: {2}"),
    Refusal(-123, "wrong_insutype", "险种{0}与参保信息不符", "insurance type {0} is not the person's"),
    Refusal(-124, "unknown_filing", "备案{0}不存在或已终止", "filing {0} does not exist or has ended"),
    Refusal(-125, "filing_type", "备案类型{0}不在本政策的类型之内：{1}", "{0} is no type of filing here: {1}"),
    Refusal(-126, "filing_target", "备案地{0}不是可以备案的就医地", "{0} is no place that a filing may name"),
    Refusal(-127, "filing_validity", "备案有效期{0}至{1}不符合规定", "{0} to {1} is no validity for this filing"),
    Refusal(-128, "filing_locked", "承诺制备案{0}之前不得变更或撤销", "a commitment filing is locked until {0}"),
    Refusal(-129, "filing_proof", "备案到{0}须提供证明材料，不适用承诺", "filing to {0} needs proof, not a commitment"),
    Refusal(-131, "unknown_visit", "就诊{0}不存在", "visit {0} does not exist"),
    Refusal(-132, "not_allowed_now", "就诊状态为{0}，不能办理{1}", "the visit is {0}: {1} is not allowed now"),
    Refusal(-133, "other_person", "人员编号与就诊记录不符", "the person is not the one of the visit"),
    Refusal(-134, "lines_left", "尚有未撤销的费用明细，请先做2302", "fee lines are left: cancel them with 2302 first"),
    Refusal(-135, "busy", "该就诊有交易正在处理或结果未知，请先冲正", "an earlier step is still open", passing=True),
    Refusal(-136, "care_not_open", "医疗类别{0}未开通直接结算", "direct settlement of {0} care is not open"),
    Refusal(
        -137, "third_party_liable", "涉及第三方责任，不能直接结算", "a third party is liable: not settled directly"
    ),
    Refusal(-138, "other_area", "就医地{0}不是本机构所在统筹区", "{0} is not the area of this institution"),
    Refusal(-139, "no_chronic_filing", "病种{0}未办理门诊慢特病备案", "chronic disease {0} is not filed"),
    Refusal(-141, "line_amount", "明细{0}金额不等于单价乘数量", "line {0}: the amount is not price times quantity"),
    Refusal(-142, "line_repeated", "明细流水号{0}重复", "line number {0} was used before in this visit"),
    Refusal(-143, "item_unmapped", "明细{0}的目录编码{1}不在目录内，请先对照", "line {0}: {1} is not in the catalogue"),
    Refusal(-144, "refund_too_large", "退费明细{0}与原明细不符或超过", "refund line {0} does not fit what it refunds"),
    Refusal(-145, "unknown_line", "费用明细{0}不存在", "fee line {0} does not exist"),
    Refusal(-146, "line_settled", "明细或批次{0}已结算，请先撤销结算", "{0} is settled: cancel the settlement first"),
    Refusal(-147, "unknown_batch", "收费批次{0}没有未结算的明细", "charge batch {0} has no lines to settle or cancel"),
    Refusal(-148, "trauma_flags_missing", "异地外伤须填外伤标志和涉及第三方标志", "an injury needs both trauma flags"),
    Refusal(-149, "wrong_med_type", "医疗类别{0}与本次就诊或交易不符", "med_type {0} does not fit this visit"),
    Refusal(-151, "bill_differs", "医疗费总额{0}与明细合计{1}不一致", "the bill {0} is not the sum of its lines {1}"),
    Refusal(-152, "class_totals_differ", "分类合计与参保地重算不一致", "the class totals differ from the lines"),
    Refusal(-153, "shares_do_not_add_up", "参保地返回金额不平衡，请冲正", "the shares do not add up: reverse it"),
    Refusal(-154, "unknown_settlement", "结算{0}不存在或已撤销", "settlement {0} does not exist or is cancelled"),
    Refusal(-155, "part_not_open", "未开通中途结算", "settling a part of a stay is not open"),
    Refusal(-156, "batch_mixed", "收费批次{0}的病种不一致", "charge batch {0} has lines of several diseases"),
    Refusal(-157, "ncms_track", "新农合按原渠道结算，不走基本医保直接结算", "NCMS is settled on its own track"),
    Refusal(-158, "scheme_not_supported", "险种{0}不支持直接结算", "insurance type {0} is not settled directly"),
    Refusal(-159, "rules_not_in_force", "当日无有效政策参数{0}", "no rule {0} is in force on the day"),
    Refusal(-161, "msgid_reused", "报文ID{0}已用于另一报文", "msgid {0} was used for another message"),
    Refusal(-162, "reversed", "报文ID{0}已被冲正或撤销", "msgid {0} was reversed or cancelled"),
    Refusal(-163, "not_reversible", "交易{0}不可冲正", "transaction {0} cannot be reversed"),
    Refusal(-164, "later_steps", "其后已有业务，不能冲正，请先撤销后续", "later steps stand on it: undo those first"),
    Refusal(-165, "filing_channel", "备案渠道{0}未开通：{1}", "channel {0} is not offered: {1}"),
    Refusal(-166, "filing_repeated", "已有有效备案{0}，不得重复", "filing {0} says this already"),
    Refusal(-167, "filing_reviewed", "备案{0}已审核，不能撤销", "filing {0} has been reviewed already"),
    Refusal(-168, "filing_version", "备案版本{0}不是现行版本{1}", "version {0} of the filing is not {1}, the one here"),
    Refusal(-169, "filing_referral", "转诊信息不全或不符：{0}", "what the referral says is missing or wrong: {0}"),
    Refusal(-171, "unknown_file", "文件{0}不存在，请先上传", "file {0} does not exist: upload it first"),
    Refusal(-191, "outcome_unknown", "等待{0}超时，结果未知，请冲正或重发", "no answer from {0} in time", passing=True),
    Refusal(-192, "upstream_down", "上级平台{0}不可达，报文未送出", "platform {0} cannot be reached", passing=True),
    Refusal(-201, "item_not_yet_valid", "明细{0}的目录编码{1}当日尚未生效", "line {0}: {1} is not valid yet"),
    Refusal(-202, "item_expired", "明细{0}的目录编码{1}当日已失效", "line {0}: {1} is no longer valid"),
    Refusal(-203, "own_item_unmapped", "明细{0}的自编项目未对照到{1}，请先做3301", "line {0}: no mapping to {1}"),
    Refusal(-204, "mapping_overlaps", "自编项目{0}已对照到{1}，请先做3302", "{0} is mapped to {1} already"),
    Refusal(-205, "unknown_mapping", "自编项目{0}与{1}的对照不存在", "there is no mapping of {0} to {1}"),
    Refusal(-206, "unknown_version", "目录版本{0}不存在", "the library has no version {0}"),
    Refusal(-207, "page_wrong", "页码自1起，每页1至{0}行", "pages count from 1 and have 1 to {0} rows"),
    Refusal(-208, "file_unreadable", "文件{0}的内容不符合格式", "the rows of file {0} are not of its form"),
    Refusal(-209, "approval_missing", "目录变更{0}没有批准编号或内容", "change {0} has no approval id or rows"),
    Refusal(
        -210,
        "wrong_day",
        "日期{0}不合：不得早于入院或上次中途结算，不得晚于今日",
        "{0} is before the stay began or its last part was settled, or still to come",
    ),
    Refusal(-211, "month_closed", "月份{0}已对账结束，不再更改", "month {0} is closed to reconciliation"),
    Refusal(-212, "unknown_run", "对账批次{0}不存在或已被替代", "there is no run {0}, or a later one replaced it"),
    Refusal(-213, "not_over", "{0}尚未结束", "{0} is not over yet"),
    Refusal(-214, "not_level_yet", "{0}尚未对平：{1}", "{0} is not level yet: {1}"),
    Refusal(-215, "cannot_correct", "结算{0}的差异不由本方更正：{1}", "not this side's to correct, {0}: {1}"),
    Refusal(-216, "split_confirmed", "{0}清分已有确认，请先做3262", "rows of {0} are confirmed: send 3262 first"),
    Refusal(-217, "split_row_differs", "清分明细{0}与提取的不一致或已确认", "row {0} is confirmed, or is another"),
    Refusal(-218, "unknown_confirmation", "清分确认{0}不存在", "there is no confirmation {0}"),
    Refusal(-219, "clearing_applied", "{0}已申请清算，清分不能更改", "clearing of {0} is applied for: it stands"),
    Refusal(-221, "amount_differs", "{0}金额不符：报{1}，应为{2}", "{0}: {1} was sent, {2} expected"),
    Refusal(-222, "nothing_due", "{0}没有可办理的款项", "nothing is due for {0}"),
    Refusal(-223, "month_not_open", "{0}尚未结束，或已过申报期限", "{0} is not over, or too long past to be declared"),
    Refusal(-224, "ncms_apart", "新农合（{0}）另轨清算，不列入清算", "NCMS ({0}) is cleared on its own track"),
    Refusal(-225, "claim_exceeds_log", "累计申报{0}元超过平台记录的{1}元", "{0} claimed, only {1} passed through"),
    Refusal(-226, "unknown_document", "单据{0}不存在", "there is no paper {0}"),
    Refusal(-227, "document_not_now", "单据{0}状态为{1}，不能办理{2}", "paper {0} is {1}: {2} is not allowed now"),
    Refusal(-228, "incomplete", "单据{0}尚缺{1}", "paper {0} still lacks {1}"),
    Refusal(-229, "not_covered", "{0}资金未到位，尚缺{1}元", "the money of {0} is not in: {1} yuan are missing"),
    Refusal(-231, "already_settled", "已联网结算（{0}），不得重复报销", "settled directly as {0}: not paid twice"),
    Refusal(-232, "already_claimed", "已手工报销（{0}），不得重复报销", "claimed by hand as {0}: not paid twice"),
    Refusal(-233, "no_manual_case", "原因{0}不属于手工报销情形", "{0} is no reason for manual reimbursement"),
    Refusal(-234, "unknown_case", "案件{0}不存在", "case {0} does not exist"),
    Refusal(-235, "case_not_now", "案件{0}状态为{1}，不能办理{2}", "case {0} is {1}: {2} is not allowed now"),
    Refusal(-236, "case_number_used", "编号{0}已用于另一案件", "number {0} was used for another case"),
    Refusal(-237, "case_unclear", "案件{0}资料不符：{1}", "case {0} does not fit together: {1}"),
    Refusal(-238, "bill_too_small", "结算{0}的费用{1}元低于核查标准", "bill {0}: {1} yuan is below the line"),
    Refusal(-239, "adjustment_too_large", "结算{0}的更正{1}元超过清算额", "{0}: {1} is more than was cleared"),
    Refusal(
        -241, "suspected_impostor", "涉嫌冒名就医，已暂停结算，请先核实身份", "a suspected impostor: verify who it is"
    ),
    Refusal(-242, "unknown_finding", "审核发现{0}不存在", "there is no finding {0}"),
    Refusal(-243, "finding_not_open", "审核发现{0}状态为{1}，不能再办理", "finding {0} is {1}: no more can be done"),
    Refusal(-244, "answer_time_left", "审核发现{0}尚未申辩，期限至{1}", "finding {0} may still be answered until {1}"),
    Refusal(-245, "deduction_too_large", "扣款{0}元超过该结算可扣的基金{1}元", "{0} yuan are more than the funds' {1}"),
    Refusal(-246, "deduction_repeated", "扣款编号{0}已登记", "deduction {0} was taken in before"),
    Refusal(-247, "unknown_warning", "违规标识{0}不存在", "there is no warning {0}"),
    Refusal(-248, "no_rules", "审核规则库尚未启用", "no rule set has been adopted"),
    Refusal(-249, "unknown_suspicion", "冒名嫌疑{0}不存在或已核实", "there is no open suspicion {0}"),
    Refusal(-251, "person_died", "参保人已于{0}死亡，此后的医疗服务不予结算", "died on {0}: no later care is paid for"),
    Refusal(-252, "cover_moved", "参保关系已于{0}转出，此后由转入地结算", "insured elsewhere since {0}: ask there"),
    Refusal(-253, "rest_by_hand", "本次住院余下部分已手工报销（{0}），请先冲销", "the rest was claimed: undo {0}"),
    Refusal(-254, "unknown_table", "字典类型{0}不存在", "there is no code table {0}"),
)

BY_CODE = {refusal.code: refusal for refusal in REFUSALS.values()}


class Refused(ValueError):
    """What an office raises when something may not be: ``name`` is the refusal's, filled with ``found``."""

    def __init__(self, name: str, *found: object) -> None:
        self.name, self.found = name, found
        super().__init__(f"{name}: {REFUSALS[name].en.format(*found)}")
