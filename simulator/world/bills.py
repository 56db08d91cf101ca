"""Invented bills: fee lines drawn from the catalogue that come near a wanted cost, and who looked after whom."""

from __future__ import annotations

import bisect
import datetime as dt
import random
from collections.abc import Sequence
from typing import NamedTuple

from simulator.core.benefit.bill import Line, classify
from simulator.core.catalogue.items import CLASS_A, CLASS_B, CLASS_C, Catalogue, Item
from simulator.core.network.hospital import Ward

BED, NURSING, HERB = "01", "07", "10"  # med_chrgitm_type
_QUANTITY = 10_000
_MICRO_PER_FEN = 10_000
_MINUTE = dt.timedelta(minutes=1)

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

    Of a library with versions only what all of them have unchanged is drawn: a bill fits on any day.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        lasting = (item for item in catalogue.items.values() if _lasts(item, catalogue))
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
        lines = [
            _days_line("1", rng.choice(self._beds), wanted.days),
            _days_line("2", rng.choice(self._nursing), wanted.days),
        ]
        rest = max(wanted.cost - lines[0].amount - lines[1].amount, 0)
        weights = [rng.expovariate(1.0) for _ in range(count)]
        whole = sum(weights)
        for number, weight in enumerate(weights, start=3):
            lines.append(self._line(rng, str(number), int(rest * weight / whole), wanted))
        return lines

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


def _days_line(sn: str, item: Item, days: int) -> Line:
    return classify(sn, item, item.price, days * _QUANTITY)


def _quantity(rng: random.Random, item: Item, target: int) -> int:
    if item.charge_type == HERB:
        return max(target * _MICRO_PER_FEN * _QUANTITY // item.price, rng.randint(1, _QUANTITY))
    whole = (2 * target * _MICRO_PER_FEN + item.price) // (2 * item.price)
    return max(whole, 1) * _QUANTITY


def ward(rng: random.Random) -> Ward:
    """Draw a ward, a doctor, a bed and a diagnosis."""
    dept_code, dept_name, diagnosis_code, diagnosis_name = rng.choice(WARDS)
    doctor = rng.randrange(len(_DOCTORS))
    bed = f"{rng.randint(1, 60):02d}"
    return Ward(dept_code, dept_name, f"D320{doctor:05d}", _DOCTORS[doctor], bed, diagnosis_code, diagnosis_name)


def spread(lines: Sequence[Line], admitted: dt.datetime, discharged: dt.datetime) -> list[tuple[Line, dt.datetime]]:
    """Give each line the time it arose, evenly between admission and discharge, on whole minutes."""
    minutes = max((discharged - admitted) // _MINUTE, 1)
    first = admitted.replace(microsecond=0)
    return [(line, first + _MINUTE * (minutes * number // len(lines))) for number, line in enumerate(lines)]
