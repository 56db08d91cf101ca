"""Invented bills: fee lines drawn from the catalogue that come near a wanted cost, and who looked after whom."""

from __future__ import annotations

import bisect
import datetime as dt
import random
from collections.abc import Sequence
from typing import NamedTuple

from simulator.core.benefit.bill import Line, classify
from simulator.core.catalogue.items import CLASS_A, CLASS_B, CLASS_C, UNLIMITED, Catalogue, Item
from simulator.core.network.hospital import Ward

BED, NURSING, HERB = "01", "07", "10"  # med_chrgitm_type
_QUANTITY = 10_000
_MICRO_PER_FEN = 10_000
_MINUTE = dt.timedelta(minutes=1)
_DAY = dt.timedelta(days=1)
_FEMALE = "2"  # gend
_OF_WOMEN, _INJURIES = ("D25",), ("S", "T")  # ICD-10
_NO_THIRD_PARTY = '{"TRUM_FLAG": "1", "REL_TTP_FLAG": "0"}'

WARDS: Sequence[tuple[str, str, str, str]] = (
    ("A03", "内科", "I10.x00x002", "高血压病"),
    ("A03.04", "心血管内科", "I25.103", "冠状动脉粥样硬化性心脏病"),
    ("A03.03", "神经内科", "I63.900", "脑梗死"),
    ("A03.02", "呼吸内科", "J44.900", "慢性阻塞性肺病"),
    ("A04", "普通外科", "K80.200x003", "胆囊结石"),
    ("A04.02", "骨科", "S72.000", "股骨颈骨折"),
    ("A05", "妇产科", "D25.900", "子宫平滑肌瘤"),
    ("A19", "肿瘤科", "C34.900", "支气管或肺恶性肿瘤"),
)
_DOCTORS = ("示例甲", "示例乙", "示例丙", "示例𠮷")


class Wanted(NamedTuple):
    """What a bill should be like: cost in fen, days, least and most lines, shares of money in class C and B."""

    cost: int
    days: int
    least: int
    most: int
    class_c: float
    class_b: float


class Pharmacy:
    """The catalogue sorted for drawing: by class, by price.

    Of a library with versions only what all of them have unchanged is drawn, and of restricted items only beds and
    nursing, of which one a day is paid: a bill fits on any day and anybody.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        lasting = (item for item in catalogue.items.values() if _lasts(item, catalogue) and _fits_anybody(item))
        items = sorted(lasting, key=lambda item: (item.price, item.code))
        self._beds = [item for item in items if item.charge_type == BED]
        self._nursing = [item for item in items if item.charge_type == NURSING]
        rest = [item for item in items if item.charge_type not in {BED, NURSING}]
        self._by_class = {
            level: [item for item in rest if item.level == level] for level in (CLASS_A, CLASS_B, CLASS_C)
        }
        self._prices = {level: [item.price for item in pool] for level, pool in self._by_class.items()}

    def bill(self, rng: random.Random, wanted: Wanted) -> list[Line]:
        """Draw a bill: bed days and nursing, then items until the wanted cost is reached as nearly as prices allow."""
        count = rng.randint(wanted.least, wanted.most)
        lines: list[Line] = []
        for pool in (self._beds, self._nursing):
            lines += _days_lines(len(lines) + 1, rng.choice(pool), wanted.days)
        return lines + self._items(rng, count, wanted, lines)

    def visit_bill(self, rng: random.Random, wanted: Wanted) -> list[Line]:
        """Draw a bill of a visit without a night: items alone."""
        return self._items(rng, rng.randint(wanted.least, wanted.most), wanted, [])

    def _items(self, rng: random.Random, count: int, wanted: Wanted, before: Sequence[Line]) -> list[Line]:
        rest = max(wanted.cost - sum(line.amount for line in before), 0)
        weights = [rng.expovariate(1.0) for _ in range(count)]
        whole = sum(weights)
        return [
            self._line(rng, str(number), int(rest * weight / whole), wanted)
            for number, weight in enumerate(weights, start=len(before) + 1)
        ]

    def _line(self, rng: random.Random, sn: str, target: int, wanted: Wanted) -> Line:
        chance = rng.random()
        level = CLASS_C if chance < wanted.class_c else CLASS_B if chance < wanted.class_c + wanted.class_b else CLASS_A
        pool = self._by_class[level]
        affordable = bisect.bisect_right(self._prices[level], target * _MICRO_PER_FEN)
        # The dearer half of what is affordable, so that quantities stay plausible.
        item = pool[rng.randrange(affordable // 2, affordable)] if affordable else pool[0]
        return classify(sn, item, item.price, _quantity(rng, item, target))


def _lasts(item: Item, catalogue: Catalogue) -> bool:
    """Tell whether an item stands in every version of its library as it is; one that names no version has them all."""
    if not catalogue.versions:
        return True
    return item.valid_to is None and item.valid_from <= catalogue.versions[0].in_force


def _fits_anybody(item: Item) -> bool:
    """Tell whether nothing restricts an item to somebody or to a quantity, but that beds and nursing go by the day."""
    by_day = item.charge_type in {BED, NURSING} and (item.limits.per_day or 0) >= _QUANTITY
    return item.limits == UNLIMITED or (by_day and item.limits._replace(per_day=None) == UNLIMITED)


def _days_lines(first: int, item: Item, days: int) -> list[Line]:
    """Charge an item for every day: in one line, or day by day where the list sets a limit to a day's units."""
    if item.limits.per_day is None:
        return [classify(str(first), item, item.price, days * _QUANTITY)]
    return [classify(str(first + day), item, item.price, _QUANTITY) for day in range(days)]


def _quantity(rng: random.Random, item: Item, target: int) -> int:
    if item.charge_type == HERB:
        return max(target * _MICRO_PER_FEN * _QUANTITY // item.price, rng.randint(1, _QUANTITY))
    whole = (2 * target * _MICRO_PER_FEN + item.price) // (2 * item.price)
    return max(whole, 1) * _QUANTITY


def ward(rng: random.Random, gender: str = "") -> Ward:
    """Draw a ward, a doctor, a bed and a diagnosis; a diagnosis a person cannot have gives way to the next one."""
    place = rng.choice(range(len(WARDS)))
    while gender != _FEMALE and gender and WARDS[place][2].startswith(_OF_WOMEN):
        place = (place + 1) % len(WARDS)
    dept_code, dept_name, diagnosis_code, diagnosis_name = WARDS[place]
    doctor = rng.randrange(len(_DOCTORS))
    bed = f"{rng.randint(1, 60):02d}"
    return Ward(dept_code, dept_name, f"D320{doctor:05d}", _DOCTORS[doctor], bed, diagnosis_code, diagnosis_name)


def extension(carer: Ward) -> str:
    """Return the flags an admission bears: an injury's two, with the pledge that no third party is liable (P75-38)."""
    return _NO_THIRD_PARTY if carer.diagnosis_code.startswith(_INJURIES) else ""


def spread(lines: Sequence[Line], admitted: dt.datetime, discharged: dt.datetime) -> list[tuple[Line, dt.datetime]]:
    """Give each line the time it arose, evenly between admission and discharge, on whole minutes.

    What is charged day by day arises on the days of the stay, one after another, at the hour of admission.
    """
    minutes = max((discharged - admitted) // _MINUTE, 1)
    first = admitted.replace(microsecond=0)
    days: dict[str, int] = {}
    dated = []
    for number, line in enumerate(lines):
        arose = first + _MINUTE * (minutes * number // len(lines))
        if line.item.limits.per_day is not None:
            day = days[line.item.code] = days.get(line.item.code, -1) + 1
            arose = first + _DAY * day
        dated.append((line, arose))
    return dated
