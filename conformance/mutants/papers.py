"""Mutants in what offices are told: statements and their files, the split, the catalogue, the registry, referrals."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from conformance.mutants.mutant import RULES, STATE, Mutant, Patch, nothing
from simulator.core.platform.message import Message
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import PRIMARY

_OFFICE = "simulator.core.reconciliation.office:Statements"
_DETAILS = "simulator.core.reconciliation.statement:detail_differences"
_SPLIT = "simulator.core.reconciliation.split:Split"
_FILES = "simulator.core.platform.files:Files"
_MAPPING, _MAPPINGS = "simulator.core.catalogue.mapping:Mapping", "simulator.core.catalogue.mapping:Mappings"
_TREATMENT = "simulator.core.visits.treatment:Treatment"
_DESK = "simulator.core.filing.desk:FilingDesk"
_AMOUNTS = ("fund_pay_sumamt", "acct_pay")


# -- statements and files --------------------------------------------------------------------------------------------


def _all_level(old: Any) -> Any:
    return lambda sent, held: [{**row, "stmt_rslt": "0"} for row in old(sent, held)]


def _of_the_hospital_alone(old: Any) -> Any:
    return lambda sent, held: [row for row in old(sent, held) if row["setl_id"]]


def _without_msgid(old: Any) -> Any:
    return lambda sent, held: [{**row, "msgid": "" if not row["setl_id"] else row["msgid"]} for row in old(sent, held)]


def _by_bill_alone(old: Any) -> Any:
    def differences(sent: Any, held: Any) -> Any:
        bills = {row.setl_id: row.shares for row in held}
        right = [
            {**row, **{name: getattr(bills[row["setl_id"]], name) for name in _AMOUNTS}}
            if row["setl_id"] in bills
            else row
            for row in sent
        ]
        return old(right, held)

    return differences


def _without_refunds(old: Any) -> Any:
    return lambda sent, held: old(sent, [row for row in held if not row.refund])


def _of_every_hospital(old: Any) -> Any:
    def detail(self: Any, turn: Turn, asked: Message) -> Any:
        kept = self.rows_by_day
        self.rows_by_day = {day: [row._replace(hospital=asked.party) for row in rows] for day, rows in kept.items()}
        try:
            return old(self, turn, asked)
        finally:
            self.rows_by_day = kept

    return detail


def _of_every_day(old: Any) -> Any:
    def detail(self: Any, turn: Turn, asked: Message) -> Any:
        return old(self, turn, asked.with_fields("data", {"stmt_begndate": "2000-01-01", "stmt_enddate": "2099-12-31"}))

    return detail


def _of_anybody(old: Any) -> Any:
    return lambda self, file_no, by, at: old(self, file_no, "", at)


# -- the split and the money of a month ------------------------------------------------------------------------------


def _any_month(old: Any) -> Any:
    def extract(self: Any, turn: Turn, asked: Message) -> Any:
        closed, self._closed = self._closed, lambda month: True
        try:
            return old(self, turn, asked)
        finally:
            self._closed = closed

    return extract


def _done(old: Any) -> Any:
    return lambda self, turn, asked: turn.ok(asked)


def _applied(old: Any) -> Any:
    return lambda self, turn, asked: turn.ok(asked, result={"clr_appy_evt_id": "1"})


# -- the catalogue ---------------------------------------------------------------------------------------------------


def _one_version_back(old: Any) -> Any:
    return lambda version, base: base is None or version.announced >= base.announced


def _one_record_less(old: Any) -> Any:
    def text(catalogue: Any, infno: str, held: str, day: Any) -> tuple[str, int]:
        whole, count = old(catalogue, infno, held, day)
        return whole.partition("\n")[2], max(count - 1, 0)

    return text


def _page_again(old: Any) -> Any:
    def answer(self: Any, turn: Turn, asked: Message, rows: Any) -> Any:
        number = asked.block("data")["page_num"]
        return old(self, turn, asked.with_fields("data", {"page_num": number - 1 if number > 1 else number}), rows)

    return answer


def _of_any_owner(old: Any) -> Any:
    return lambda self, owner, own_code: tuple(each for each in self.all() if each.own_code == own_code)


# -- the registry ----------------------------------------------------------------------------------------------------


def _open_to_all(old: Any) -> Any:
    return lambda self, institution, day, **_: institution in self.institutions


def _not_across_provinces(old: Any) -> Any:
    def problem(self: Any, turn: Turn, asked: Message) -> Any:
        if self.city.across_provinces(asked):
            return turn.refuse(asked, "institution_not_open", asked.party)
        return old(self, turn, asked)

    return problem


def _one_worse_off(old: Any) -> Any:
    def city(self: Any, code: str, *, registry: Any, **more: Any) -> None:
        mine = [each for each in registry.institutions.values() if registry.city_of(each.area) == code]
        changed = {mine[1].code: mine[1]._replace(level=PRIMARY)} if len(mine) > 1 else {}
        houses = MappingProxyType({**registry.institutions, **changed})
        old(self, code, registry=registry._replace(institutions=houses), **more)

    return city


# -- the year of a stay ----------------------------------------------------------------------------------------------


def _year_of_admission(old: Any) -> Any:
    def fold(self: Any, fact: Any) -> None:
        row = fact.row
        before = {key: value for key, value in self._years.items() if key[0] == row.psn_no}
        old(self, fact)
        if row.begin.year < row.at.year:  # nothing of it counts to the year of discharge
            self._years = {key: value for key, value in self._years.items() if key[0] != row.psn_no} | before

    return fold


MUTANTS = tuple(
    Mutant(name, kind, zh, en, patches, expected)
    for name, kind, zh, en, patches, expected in (
        (
            "details-always-level",
            STATE,
            "明细对账的结果一律标为平。",
            "Every row in the file of a comparison is marked as level.",
            (Patch(_DETAILS, _all_level),),
            ("*row_that_is_a_fen_off*",),
        ),
        (
            "centre-rows-left-out",
            STATE,
            "中心有、医院无的记录不在结果文件内。",
            "What only the city has is left out of the file of a comparison.",
            (Patch(_DETAILS, _of_the_hospital_alone),),
            ("*row_that_only_the_city_has*",),
        ),
        (
            "centre-rows-without-msgid",
            STATE,
            "中心有、医院无的记录不带msgid，无法冲正。",
            "What only the city has comes back without the msgid that reverses it.",
            (Patch(_DETAILS, _without_msgid),),
            ("*row_that_only_the_city_has*",),
        ),
        (
            "details-by-bill-alone",
            STATE,
            "明细对账只比总额，不比基金和个人账户。",
            "Rows are compared by the bill alone, not by fund and account.",
            (Patch(_DETAILS, _by_bill_alone),),
            ("*row_that_is_a_fen_off*fund*",),
        ),
        (
            "details-without-refunds",
            STATE,
            "明细对账不含撤销的记录。",
            "Cancellations are no rows of a comparison.",
            (Patch(_DETAILS, _without_refunds),),
            ("*cancellation_is_a_row*",),
        ),
        (
            "details-of-all-hospitals",
            STATE,
            "明细对账混入他院的记录。",
            "Rows of other hospitals are compared with those of one.",
            (Patch(f"{_OFFICE}._detail", _of_every_hospital),),
            ("*rows_of_another_institution*",),
        ),
        (
            "details-of-all-days",
            STATE,
            "明细对账不看起止日期。",
            "The days of a statement of rows are ignored.",
            (Patch(f"{_OFFICE}._detail", _of_every_day),),
            ("*rows_of_other_days*",),
        ),
        (
            "file-of-anybody",
            STATE,
            "凭文件号可下载他院的文件。",
            "Whoever knows its number can fetch another hospital's file.",
            (Patch(f"{_FILES}._held", _of_anybody),),
            ("*result_of_another_institution*",),
        ),
        (
            "split-before-it-is-level",
            STATE,
            "未对清的月份也可提取清分明细。",
            "A month is split before it is reconciled.",
            (Patch(f"{_SPLIT}._extract", _any_month),),
            ("*not_level_is_not_split*",),
        ),
        (
            "split-confirmed-before-it-is-level",
            STATE,
            "未对清的月份也可确认清分。",
            "Rows of a month are confirmed before it is reconciled.",
            (Patch(f"{_SPLIT}._confirm", _done),),
            ("*not_level_is_not_confirmed*",),
        ),
        (
            "roll-back-of-anything",
            STATE,
            "没有的清分确认也能回退。",
            "A confirmation that there is not is taken back with success.",
            (Patch(f"{_SPLIT}._roll_back", _done),),
            ("*confirmation_that_there_is_not*",),
        ),
        (
            "running-month-applied-for",
            STATE,
            "未结束的月份也可申请清算。",
            "The money of a month that is not over can be applied for.",
            (Patch("simulator.core.clearing.institutions:Institutions._apply", _applied),),
            ("*not_over_is_not_applied*",),
        ),
        (
            "version-off-by-one",
            RULES,
            "目录下载多给一个已持有的版本。",
            "A download of what is new begins with the version that is held.",
            (Patch("simulator.core.catalogue.forms:_news", _one_version_back),),
            ("*newer_than_a_version*",),
        ),
        (
            "download-lacks-a-record",
            RULES,
            "目录下载缺一条记录。",
            "A record is missing in every downloaded list.",
            (Patch("simulator.core.catalogue.forms:text_of", _one_record_less),),
            ("*a_list_is_downloaded*",),
        ),
        (
            "page-told-twice",
            STATE,
            "分页查询的下一页重复上一页。",
            "The next page of a query is the one before it.",
            (Patch("simulator.core.catalogue.queries:Queries._answer", _page_again),),
            ("*pages_are_a_list*",),
        ),
        (
            "expired-mapping-accepted",
            RULES,
            "已过期的目录对照仍可收费。",
            "An own item is charged by a mapping that has ended.",
            (Patch(f"{_MAPPING}.holds_on", lambda old: lambda self, day: self.begin <= day),),
            ("*days_of_a_mapping*",),
        ),
        (
            "mapping-not-begun-accepted",
            RULES,
            "尚未生效的目录对照也可收费。",
            "An own item is charged by a mapping that has not begun.",
            (Patch(f"{_MAPPING}.holds_on", lambda old: lambda self, day: day <= self.end),),
            ("*days_of_a_mapping*",),
        ),
        (
            "mapping-of-any-hospital",
            RULES,
            "他院的目录对照也可用来收费。",
            "An own item is charged by the mapping of another hospital.",
            (Patch(f"{_MAPPINGS}.of", _of_any_owner),),
            ("*mapping_of_another_institution*",),
        ),
        (
            "mappings-overlap",
            RULES,
            "同一自编项目同日可对照两个项目。",
            "An own item is mapped twice for the same day.",
            (Patch("simulator.core.catalogue.mapping:_clash", lambda old: lambda one, other: False),),
            ("*mapping_that_overlaps*",),
        ),
        (
            "cancelled-mapping-stays",
            RULES,
            "撤销的目录对照继续有效。",
            "A mapping that was cancelled goes on.",
            (Patch(f"{_MAPPINGS}._fold_unmapped", nothing),),
            ("*own_item_is_mapped*",),
        ),
        (
            "mapping-to-nothing",
            RULES,
            "可对照到目录外或已失效的项目。",
            "An own item is mapped to what the library does not have.",
            (Patch(f"{_MAPPINGS}._problem", lambda old: lambda self, mapping: ""),),
            ("*mapping_to_nothing*",),
        ),
        (
            "institution-flag-ignored",
            RULES,
            "未开通的机构也收治异地人员。",
            "Visitors are admitted where an institution is not open for them.",
            (Patch("simulator.core.values.areas:Registry.open_for_visitors", _open_to_all),),
            ("*every_institution_that_is_not_open*",),
        ),
        (
            "open-in-the-province-alone",
            RULES,
            "已开通的机构不收治外省人员。",
            "Institutions that are open for the province are not for other provinces.",
            (Patch(f"{_TREATMENT}.opening_problem", _not_across_provinces),),
            ("*in_the_province_and_beyond*",),
        ),
        (
            "one-institution-worse-off",
            RULES,
            "一家机构按错误的级别结算。",
            "One institution is settled by the wrong level.",
            (Patch("simulator.core.network.city:City.__init__", _one_worse_off),),
            ("*every_institution_of_a_level*",),
        ),
        (
            "year-of-admission",
            RULES,
            "跨年住院不计入出院年度。",
            "A stay over the turn of a year does not count to the year of discharge.",
            (Patch("simulator.core.visits.insured:Insured.fold_settled", _year_of_admission),),
            ("*over_the_turn_of_a_year*",),
        ),
        (
            "referral-not-kept",
            STATE,
            "转诊备案答复成功但未生效。",
            "A referral is answered with success and does not count.",
            (Patch(f"{_DESK}._keep", nothing),),
            ("*referral_is_filed_at_the_hospital*",),
        ),
        (
            "referral-withdrawn-stays",
            STATE,
            "撤销的转诊备案继续有效。",
            "A referral that was withdrawn goes on.",
            (Patch(f"{_DESK}._end", nothing),),
            ("*referral_that_is_withdrawn*",),
        ),
    )
)
