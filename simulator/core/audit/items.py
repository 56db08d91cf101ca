"""Kinds of rule about the lines of a bill: what was charged, how often, and whether the item allows it.

Each takes a view and the options of a rule and yields the places where the rule applies; none knows any rule. Basis:
review of all bills with rule ids and evidence (JL-6.2b, JL-6.2c, JL-6.2d).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from simulator.core.audit.case import A_DAY, DRUGS, INPATIENT, UNIT, Charge, Restriction, number
from simulator.core.audit.rules import Hit, Questioned, codes_of, whole
from simulator.core.audit.view import View, by_day
from simulator.core.catalogue.items import CLASS_C
from simulator.core.values.money import half_up, line_amount, yuan

Options = Mapping[str, Any]
MILLIONTHS = 1_000_000
CHRONIC = "14"  # med_type of outpatient care for chronic and special diseases


def repeat(view: View, options: Options) -> Iterator[Hit]:
    """The same item at the same moment more than once; the first is good."""
    for code, lines in view.by_item.items():
        if len(lines) > 1:
            moments: dict[dt.datetime, list[Charge]] = {}
            for line in lines:
                moments.setdefault(line.at, []).append(line)
            for at, same in moments.items():
                if len(same) > 1:
                    rows = tuple(whole(line) for line in same[1:])
                    yield Hit(rows, {"code": code, "time": f"{at:%Y-%m-%d %H:%M}", "count": str(len(same))})


def units(view: View, options: Options) -> Iterator[Hit]:
    """More units of an item than its restriction allows: ``per`` day or stay."""
    per = options["per"]
    for code, lines in view.by_item.items():
        restriction = view.restriction(code)
        if restriction is None:
            continue
        if per == "stay":
            yield from _over(lines, restriction.per_stay, f"{lines[0].day}")
        elif restriction.per_day:
            for day, of_day in by_day(lines).items():
                yield from _over(of_day, restriction.per_day, f"{day}")


def _over(lines: Sequence[Charge], limit: int, since: str) -> Iterator[Hit]:
    charged = sum(line.quantity for line in lines)
    if limit and charged > limit:
        evidence = {"code": lines[0].code, "day": since, "units": number(charged, UNIT), "limit": number(limit, UNIT)}
        yield Hit(excess(lines, charged - limit), evidence)


def stay_days(view: View, options: Options) -> Iterator[Hit]:
    """More days charged than the stay has: lines of a charge type, or of items whose group begins with a prefix."""
    if not view.inpatient:
        return
    types, prefix = options["types"], options["prefix"]
    lines = [line for line in view.lines if line.kind in types or (prefix and _in_group(view, line, prefix))]
    charged, allowed = sum(line.quantity for line in lines), (view.days + options["slack"]) * UNIT
    if charged > allowed:
        evidence = {"codes": codes_of(lines), "charged": number(charged, UNIT), "days": str(view.days)}
        yield Hit(excess(lines, charged - allowed), evidence)


def exclusive(view: View, options: Options) -> Iterator[Hit]:
    """Two different items of one group on one day; the dearest is good."""
    prefix = options["prefix"]
    for day, lines in by_day(line for line in view.lines if _in_group(view, line, prefix)).items():
        groups: dict[str, list[Charge]] = {}
        for line in lines:
            restriction = view.restriction(line.code)
            assert restriction is not None
            groups.setdefault(restriction.group, []).append(line)
        for group, same in groups.items():
            best = max(same, key=lambda line: (line.amount, line.code)).code
            others = tuple(whole(line) for line in same if line.code != best)
            if others:
                yield Hit(others, {"day": f"{day}", "group": group.removeprefix(prefix), "codes": codes_of(same)})


def together(view: View, options: Options) -> Iterator[Hit]:
    """An item on one day with what it clashes with, or with the parts it includes (``relation``)."""
    relation = options["relation"]
    days: Mapping[dt.date, list[Charge]] | None = None
    for line, restriction in view.restricted:
        against: tuple[str, ...] = getattr(restriction, relation)
        if against:
            days = days or by_day(view.lines)
            met = [other for other in days[line.day] if other.code != line.code and _named(view, other, against)]
            if met:
                rows = tuple(whole(other) for other in met)
                yield Hit(rows, {"day": f"{line.day}", "code": line.code, "with": codes_of(met)})


def unproven(view: View, options: Options) -> Iterator[Hit]:
    """A second-line drug without proof: no approval, and no drug of the line before it earlier or at the same time."""
    for line, restriction in view.restricted:
        wanted = restriction.second_line
        if wanted and not line.approved and not _tried(view, line, wanted):
            yield Hit((whole(line),), {"code": line.code, "day": f"{line.day}", "wanted": wanted})


def course(view: View, options: Options) -> Iterator[Hit]:
    """Medicine for more days than allowed; ``of`` tells which: ordinary or chronic outpatient care, or discharge."""
    limit = options["days"] * A_DAY
    for line in view.lines:
        if line.kind in DRUGS and _course_of(view, line) == options["of"]:
            days = line.days or _days_of(view, line)
            if days > limit:
                rows = (_part(line, days - limit, days),)
                evidence = {"code": line.code, "days": number(days, A_DAY), "limit": str(options["days"])}
                yield Hit(rows, evidence)


def catalogue(view: View, options: Options) -> Iterator[Hit]:
    """What the catalogue says against a line: not listed, not valid that day, above the cap, or wrongly covered."""
    test = AGAINST[options["by"]]
    for line in view.lines:
        found = test(line)
        if found is not None:
            row, was, should = found
            yield Hit((row,), {"code": line.code, "day": f"{line.day}", "found": was, "allowed": should})


def arithmetic(view: View, options: Options) -> Iterator[Hit]:
    """A line whose amount is not price times quantity; what was charged too much is questioned."""
    for line in view.charges:
        right = line_amount(line.price, line.quantity)
        if line.amount != right:
            more = max(line.amount - right, 0)
            row = Questioned(line.sn, line.code, more, min(more, max(line.in_scope, 0)))
            yield Hit((row,), {"code": line.code, "found": yuan(line.amount), "allowed": yuan(right)})


def restricted(view: View, options: Options) -> Iterator[Hit]:
    """An item whose restriction the person, the diagnoses or the hospital does not meet (``by``)."""
    test = UNMET[options["by"]]
    for line, restriction in view.restricted:
        found = test(view, restriction, line)
        if found is not None:
            yield Hit((whole(line),), {"code": line.code, "found": found[0], "allowed": found[1]})


def moment(view: View, options: Options) -> Iterator[Hit]:
    """Lines before admission, after discharge or after death (``bound``); a visit that began after death is apart."""
    bound, died, begin = options["bound"], view.patient.died, view.visit.begin.date()
    if died is not None and begin > died:
        return
    if bound == "admission":
        late, limit = [line for line in view.lines if line.day < begin], begin
    elif bound == "discharge":
        limit = view.end
        late = [line for line in view.lines if line.day > limit and (died is None or line.day <= died)]
        late = late if view.visit.kind == INPATIENT else []
    else:
        limit = died or begin
        late = [line for line in view.lines if died is not None and line.day > died]
    if late:
        evidence = {"codes": codes_of(late), "first": f"{late[0].day}", "last": f"{late[-1].day}", "bound": f"{limit}"}
        yield Hit(tuple(whole(line) for line in late), evidence)


def refund(view: View, options: Options) -> Iterator[Hit]:
    """Refund lines that give back more than was charged, or what never was; shown, as they lower the bill."""
    charged = {line.sn: line for line in view.charges if line.quantity > 0}
    returned: dict[str, int] = {}
    for line in view.charges:
        if line.quantity < 0:
            returned[line.refund_of] = returned.get(line.refund_of, 0) - line.quantity
            original = charged.get(line.refund_of)
            left = original.quantity if original is not None and original.code == line.code else 0
            if returned[line.refund_of] > left:
                evidence = {"code": line.code, "found": number(returned[line.refund_of], UNIT)}
                yield Hit(
                    (Questioned(line.sn, line.code, -line.amount, 0),), {**evidence, "allowed": number(left, UNIT)}
                )


# -- what an item demands, and what the catalogue says -----------------------------------------------------------


def _unmet_gender(view: View, item: Restriction, line: Charge) -> tuple[str, str] | None:
    known = view.patient.gender
    return (known, item.gender) if item.gender and known and known != item.gender else None


def _unmet_pregnancy(view: View, item: Restriction, line: Charge) -> tuple[str, str] | None:
    return ("1", "2") if item.pregnancy and view.patient.gender == "1" else None


def _unmet_age(view: View, item: Restriction, line: Charge) -> tuple[str, str] | None:
    if view.patient.born is None or (item.youngest is None and item.oldest is None):
        return None
    age = age_on(view.patient.born, line.day)
    youngest, oldest = item.youngest or 0, item.oldest
    if age >= youngest and (oldest is None or age <= oldest):
        return None
    return str(age), f"{youngest}-{'' if oldest is None else oldest}"


def _unmet_diagnosis(view: View, item: Restriction, line: Charge) -> tuple[str, str] | None:
    known = view.visit.diagnoses
    if not item.diagnoses or not known or any(code.startswith(item.diagnoses) for code in known):
        return None
    return "、".join(known), "、".join(item.diagnoses)


def _unmet_level(view: View, item: Restriction, line: Charge) -> tuple[str, str] | None:
    level = view.visit.level
    return (level, "、".join(item.levels)) if item.levels and level and level not in item.levels else None


UNMET = {
    "gender": _unmet_gender,
    "pregnancy": _unmet_pregnancy,
    "age": _unmet_age,
    "diagnosis": _unmet_diagnosis,
    "level": _unmet_level,
}


def _unlisted(line: Charge) -> tuple[Questioned, str, str] | None:
    return (whole(line), line.code, "") if line.entry is None else None


def _out_of_validity(line: Charge) -> tuple[Questioned, str, str] | None:
    entry = line.entry
    if entry is None or (entry.first_day <= line.day and (entry.last_day is None or line.day <= entry.last_day)):
        return None
    return whole(line), f"{line.day}", f"{entry.first_day}—{entry.last_day or ''}"


def _over_cap(line: Charge) -> tuple[Questioned, str, str] | None:
    if line.entry is None or line.entry.cap is None or line.price <= line.entry.cap:
        return None
    more = line.covered - line_amount(line.entry.cap, line.quantity)
    if more <= 0:
        return None
    row = Questioned(line.sn, line.code, more, min(more, line.in_scope))
    return row, number(line.price, MILLIONTHS), number(line.entry.cap, MILLIONTHS)


def _covered_class_c(line: Charge) -> tuple[Questioned, str, str] | None:
    if line.entry is None or line.entry.level != CLASS_C or line.covered <= 0:
        return None
    return Questioned(line.sn, line.code, line.covered, line.in_scope), yuan(line.covered), yuan(0)


AGAINST = {"listed": _unlisted, "valid": _out_of_validity, "cap": _over_cap, "class": _covered_class_c}


# -- helpers -----------------------------------------------------------------------------------------------------


def age_on(born: dt.date, day: dt.date) -> int:
    """Return the age in full years on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def excess(lines: Iterable[Charge], quantity: int) -> tuple[Questioned, ...]:
    """Question this quantity of lines, the latest first."""
    rows = []
    for line in reversed(tuple(lines)):
        if quantity > 0:
            rows.append(_part(line, min(quantity, line.quantity), line.quantity))
            quantity -= line.quantity
    return tuple(rows)


def _part(line: Charge, part: int, of: int) -> Questioned:
    return Questioned(line.sn, line.code, half_up(line.amount * part, of), half_up(line.in_scope * part, of))


def _in_group(view: View, line: Charge, prefix: str) -> bool:
    restriction = view.restriction(line.code)
    return restriction is not None and restriction.group.startswith(prefix)


def _named(view: View, line: Charge, names: tuple[str, ...]) -> bool:
    restriction = view.restriction(line.code)
    return line.code in names or (restriction is not None and restriction.group in names)


def _tried(view: View, line: Charge, wanted: str) -> bool:
    """Tell whether a drug that opens the wanted line was used up to this line's time, here or in another visit."""
    here = any(item.first_line == wanted and other.at <= line.at for other, item in view.restricted)
    return here or any(_opens(view, code, wanted) for other in view.case.others for code in other.codes)


def _opens(view: View, code: str, wanted: str) -> bool:
    restriction = view.restriction(code)
    return restriction is not None and restriction.first_line == wanted


def _course_of(view: View, line: Charge) -> str:
    if view.inpatient:
        return "discharge" if line.take_home else ""
    return "chronic" if view.visit.med_type == CHRONIC else "ordinary"


def _days_of(view: View, line: Charge) -> int:
    """Return for how many days a line lasts at the usual daily dose, in hundredths; 0 where that is not known."""
    restriction = view.restriction(line.code)
    return line.quantity * A_DAY // restriction.daily if restriction is not None and restriction.daily else 0
