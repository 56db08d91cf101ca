"""The magic people: what each invented person is there for, as data. ``docs/reference/magic-people.md`` is their page.

Every figure is in fen, every day is counted from the day on which the sandbox began.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.core.benefit.rules import (
    CHRONIC,
    CIVIL_SERVANT,
    EMPLOYEE,
    ENTERPRISE,
    INPATIENT,
    OUTPATIENT,
    POOR,
    RESIDENT,
    RETIRED,
)
from simulator.core.filing.types import (
    DIED,
    LONG_TERM_RESIDENCE,
    LONG_TERM_WORK,
    MOVED,
    REFERRAL,
    RETIRED_RESETTLEMENT,
)
from simulator.core.visits.care import NCMS

ACTIVE, ADULT = "11", "15"  # psn_type
RETIRED_CADRE = "340"  # insutype 离休人员医疗保障
DIABETES = "M01600"
OTHER_PROVINCE = "other_province"
_HALF_YEAR = 183


class Paid(NamedTuple):
    """A bill already paid by hand this year: the kind of care and what of it is in scope."""

    in_scope: int
    care: str = INPATIENT


class Kind(NamedTuple):
    """What a person is here for; ``number`` ends the ``psn_no``.

    The filing is for the ``target`` (empty: all of the own province) from day ``first`` to day ``last`` (None: open).
    ``paid`` are bills paid by hand before, ``left`` why the person is insured here no more. ``family`` is the number of
    the family member whose account may pay too. The rest is how a hospital treats this person where nothing else is
    said: the kind of ``care``, an ``emergency``, and the ``insutype`` it ``says``. A ``frozen`` account pays nothing.
    """

    number: int
    name: str
    zh: str
    en: str
    insutype: str = EMPLOYEE
    psn_type: str = ACTIVE
    age: int = 40
    gender: str = "1"
    balance: int = 0
    filing: str = LONG_TERM_WORK
    first: int = -30
    last: int | None = None
    target: str = ""
    commitment: bool = False
    identities: tuple[str, ...] = ()
    paid: tuple[Paid, ...] = ()
    chronic: str = ""
    left: str = ""
    family: int = 0
    care: str = INPATIENT
    emergency: bool = False
    says: str = ""
    frozen: bool = False


_LONGEST, _LONGEST_SETTLED = 50, 20  # characters of psn_name in 1101, and in the requests that settle
_RESIDENT = Kind(0, "", "", "", RESIDENT, ADULT, filing=LONG_TERM_RESIDENCE)
_WORKER = Kind(0, "", "", "")


def _worker(number: int, name: str, zh: str, en: str, **other: object) -> Kind:
    return _WORKER._replace(number=number, name=name, zh=zh, en=en, **other)  # type: ignore[arg-type]  # fields by name


def _resident(number: int, name: str, zh: str, en: str, **other: object) -> Kind:
    return _RESIDENT._replace(number=number, name=name, zh=zh, en=en, **other)  # type: ignore[arg-type]


KINDS = (
    _worker(1, "王建国", "在职职工，已备案，个人账户有余额", "employee, filed, money on the account", balance=300_000),
    _worker(
        2,
        "李秀英",
        "退休人员，异地安置备案",
        "retired, resettled",
        psn_type=RETIRED,
        age=70,
        gender="2",
        balance=120_000,
        filing=RETIRED_RESETTLEMENT,
    ),
    _resident(3, "张伟", "居民，异地长期居住备案", "resident with a filing"),
    _worker(4, "刘洋", "未备案", "employee without a filing", filing="", balance=50_000),
    _worker(5, "陈静", "备案已过期", "filing expired", gender="2", first=-200, last=-10),
    _worker(6, "杨帆", "备案尚未生效", "filing not yet in force", first=30),
    _worker(7, "赵敏", "个人账户无余额", "nothing on the account", gender="2"),
    _resident(8, "黄河", "困难人员，享受医疗救助", "registered poor", identities=(POOR,)),
    _worker(9, "周正", "公务员补助", "civil servant", balance=80_000, identities=(CIVIL_SERVANT,)),
    _worker(10, "吴𠮷", "姓名含扩展B区汉字", "a rare character (CJK Extension B) in the name", balance=10_000),
    _worker(11, "徐行", "转诊备案", "filed by referral", filing=REFERRAL, first=-5, last=_HALF_YEAR),
    _resident(
        12, "孙悦", "新农合，不走基本医保直接结算", "NCMS: not settled directly", insutype=NCMS, gender="2", filing=""
    ),
    _worker(13, "马诚", "承诺制备案，六个月内不得变更", "filed by commitment: locked for six months", commitment=True),
    _worker(14, "朱远", "只备案到外省", "filed for another province only", target=OTHER_PROVINCE),
    _worker(15, "胡满", "统筹基金已到年度限额", "yearly cap of the basic fund reached", paid=(Paid(50_000_000),)),
    _worker(16, "郭顶", "统筹基金和大额补助均到年度限额", "both yearly caps reached", paid=(Paid(150_000_000),)),
    _worker(
        17,
        "何平",
        "年内已住院三次，门诊起付标准已满",
        "third stay of the year behind, outpatient deductible met",
        paid=(*(Paid(200_000),) * 3, Paid(100_000, OUTPATIENT)),
    ),
    _resident(18, "高难", "大病保险起付标准已过", "critical-illness burden reached", paid=(Paid(6_000_000),)),
    _worker(19, "林厂", "企业补充医疗保险", "enterprise supplement", identities=(ENTERPRISE,)),
    _worker(20, "罗糖", "糖尿病门诊慢特病备案", "diabetes filed as a chronic disease", chronic=DIABETES, care=CHRONIC),
    _worker(21, "梁急", "未备案，急诊视同备案", "no filing; an emergency counts as one", filing="", emergency=True),
    _worker(22, "宋故", "已死亡，备案随之终止", "died: the filing ended", age=80, left=DIED),
    _worker(23, "唐迁", "医保关系已转出", "insurance moved elsewhere", left=MOVED),
    _worker(24, "唐迁", "医保关系由前一统筹区转入", "insurance moved here (23 of the area before)"),
    _worker(25, "𡈽𢀖𣘺", "姓名全部为扩展B区汉字", "a name of rare characters only"),
    _worker(
        26,
        "阿卜杜热依木·𠮷𡈽·买买提艾力",
        "带间隔号和生僻字的长姓名",
        "a long name with dots and rare characters",
    ),
    _worker(
        27,
        "𠮷" + "长" * (_LONGEST_SETTLED - 2) + "𪚥",
        "每个交易都能承载的最长姓名，20字",
        "the longest name that every transaction takes, 20 characters",
    ),
    _resident(28, "李秀英之子", "新生儿，出生三天", "newborn, three days old", age=0),
    _resident(
        29, "谢误", "居民医保，医院误报为职工医保", "resident whom the hospital calls an employee", says=EMPLOYEE
    ),
    _worker(
        30, "韩休", "离休人员，不支持直接结算", "an insurance that is not settled directly", insutype=RETIRED_CADRE
    ),
    _worker(31, "曹济", "本人账户无余额，家庭共济账户支付", "the account of the family pays", family=33),
    _worker(
        32,
        "𠮷" + "长" * (_LONGEST - 2) + "𪚥",
        "1101允许的最长姓名50字，结算请求只允许20字",
        "the longest name of 1101, 50 characters; requests that settle take 20",
    ),
    _worker(33, "曹安", "31号的家属，账户供其共济", "family of 31, whose account pays for both", balance=1_000_000),
    _worker(34, "冯冻", "个人账户已冻结，有余额不支付", "account frozen: pays nothing", balance=300_000, frozen=True),
)
