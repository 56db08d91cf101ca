"""Makes the built-in large catalogues: invented items in the real code formats, from a bounded vocabulary.

Every figure is drawn from a named stream and computed in integers, so that the same words give the same bytes on every
machine; a test holds the files to it. ``python -m simulator.inputs.catalogue_maker`` writes them anew. The items of
``jiangsu-2016`` come first and stay as they are; later versions of the library revise, withdraw and add others.
"""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from simulator.core.catalogue.items import CLASS_A, CLASS_B, CLASS_C, UNLIMITED, Item, Limits, Term, before
from simulator.core.values.areas import PRIMARY, SECONDARY
from simulator.inputs.catalogue_rows import DIAGNOSIS, OPERATION, write_items, write_terms
from simulator.inputs.catalogues import list_type_of, load_catalogue
from simulator.inputs.streams import Streams

SEED = 20160524  # the day of the notice
FIRST, SECOND, THIRD = dt.date(2016, 1, 1), dt.date(2017, 7, 1), dt.date(2023, 3, 1)
ELSEWHERE = dt.date(2023, 1, 1)  # the second version of the other province

_YUAN, _FEN = 1_000_000, 10_000
_PARTS = 20  # shares of a mix are given in twentieths
_SPREAD = (25, 38, 50, 62, 75, 88, 100, 115, 135, 165, 210, 290, 420)  # per cent of the median, skewed as prices are
_SHARES = (500, 1000, 1000, 1000, 1500, 2000)  # first self-pay of class B, basis points
_LEVELS = (CLASS_A, CLASS_B, CLASS_C)
_CODES_A_WORD = 4  # western drugs: forms and specifications drawn for each substance
_REVISED, _WITHDRAWN, _NEW = 0.04, 0.02, 0.03  # share of the items a version revises, withdraws and brings

T = TypeVar("T")


class Sort(NamedTuple):
    """Items alike: usual price in millionths of a yuan, parts of 20 in class A, B, C and capped, restrictions."""

    charge_type: str
    median: int
    mix: tuple[int, ...]
    capped: int
    limits: Limits


def jiangsu() -> list[Item]:
    """Return the entries of the large provincial library, in the order of its file."""
    first = [_kept(item) for item in load_catalogue("jiangsu-2016").items.values()]
    made = [entry for code, zh, unit, sort in _named() for entry in _story(_made(code, zh, unit, sort))]
    return first + made


def other_province() -> list[Item]:
    """Return the entries of another province: a part of the same codes, with classes, shares and caps of its own."""
    streams, small = Streams(SEED), load_catalogue("jiangsu-2016").items
    entries: list[Item] = []
    for item in jiangsu():
        drawn = item.valid_from == FIRST and streams.share("catalogue", item.code, "elsewhere") < 0.15
        if drawn or item.code in small:
            entries += _elsewhere(item, streams.stream("catalogue", item.code, "other province"))
    return entries


def terms() -> dict[str, list[Term]]:
    """Return the diagnoses and operations of the downloads 1307 and 1308."""
    words = _words()
    diagnoses = [pair for group in words["diagnoses"] for pair in group["words"].items()]
    return {
        DIAGNOSIS: [
            term
            for category, zh in diagnoses
            for term in (Term(f"{category}.900", zh), Term(f"{category}.x01", f"{zh}（示例细目）"))
        ],
        OPERATION: [Term(f"{code:0<7}", zh) for code, zh in words["operations"]["words"].items()],
    }


def texts() -> dict[str, str]:
    """Return the files by name."""
    return {
        "jiangsu-2023.csv": write_items(jiangsu()),
        "other-province.csv": write_items(other_province()),
        "terms.csv": write_terms(terms()),
    }


# -- names and codes --------------------------------------------------------------------------------------------------


def _named() -> Iterator[tuple[str, str, str, Sort]]:
    """Yield code, name, unit and sort of every item to make, each name once."""
    seen: set[str] = set()
    for code, zh, unit, sort in (*_western(), *_patent(), *_herbs(), *_preparations(), *_services(), *_consumables()):
        if zh not in seen:
            seen.add(zh)
            yield code, f"示例{zh}", unit, sort


def _western() -> Iterator[tuple[str, str, str, Sort]]:
    number = 100
    for group in _words()["western"]:
        for word in group["words"]:
            number += 1
            rng = _rng(f"western/{word}")
            for spec in range(_CODES_A_WORD):
                form = _words()["forms"][_pick(rng, group["forms"])]
                kind = rng.randrange(len(form["names"]))
                zh = f"{word}{form['names'][kind]}（{_pick(rng, form['specs'])}）"
                code = f"X{group['atc']}A{number:03d}A{kind + 1:03d}{spec + 1:02d}{_digits(rng, 7)}"
                yield code, zh, form["unit"], _sort(group, "09", capped=2)


def _patent() -> Iterator[tuple[str, str, str, Sort]]:
    patent = _words()["patent"]
    for serial, (head, tail) in enumerate(((h, t) for h in patent["heads"] for t in patent["tails"]), start=101):
        rng = _rng(f"patent/{head}{tail}")
        form = _words()["forms"][_pick(rng, patent["forms"])]
        kind = rng.randrange(len(form["names"]))
        group = {**patent, "limits": _patent_limits(patent, head)}
        code = f"ZA{serial % 20 + 1:02d}BAF{serial:04d}{kind + 10:03d}0{_digits(rng, 8)}"
        zh = f"{head}{tail}{form['names'][kind]}（{_pick(rng, form['specs'])}）"
        yield code, zh, form["unit"], _sort(group, "11", capped=1)


def _patent_limits(patent: Mapping[str, Any], head: str) -> dict[str, Any]:
    if head in patent["children"]:
        return {"age_to": 14}
    return {"sex": "2"} if head in patent["women"] else {"sex": "1"} if head in patent["men"] else {}


def _herbs() -> Iterator[tuple[str, str, str, Sort]]:
    herbs, serial = _words()["herbs"], 0
    for word in herbs["words"]:
        rng = _rng(f"herb/{word}")
        for way in ("饮片", _pick(rng, herbs["ways"][1:])):
            serial += 1
            zh = f"{word}饮片（克）" if way == "饮片" else f"{way}{word}饮片（克）"
            yield f"T2{serial:03d}{_digits(rng, 5)}", zh, "克", _sort(herbs, "10")


def _preparations() -> Iterator[tuple[str, str, str, Sort]]:
    made = _words()["preparations"]
    for serial, word in enumerate(made["words"] * 3, start=1):
        rng = _rng(f"preparation/{word}/{serial}")
        zh = f"院内{word}{_pick(rng, made['forms'])}"
        yield f"YA{serial:04d}{_digits(rng, 17)}", zh, "瓶", _sort(made, "11")


def _services() -> Iterator[tuple[str, str, str, Sort]]:
    serial = 1000
    for group in _words()["services"]:
        for part in group.get("parts", [""]):
            for word in group["words"]:
                serial += 1
                kind, rng = group["charge_type"], _rng(f"service/{part}{word}")
                yield f"00{kind}{serial:04d}{_digits(rng, 7)}", f"{part}{word}", group["unit"], _sort(group, kind)


def _consumables() -> Iterator[tuple[str, str, str, Sort]]:
    for number, group in enumerate(_words()["consumables"], start=20):
        for kind in group["kinds"]:
            for word in group["words"]:
                rng = _rng(f"consumable/{kind}{word}")
                yield f"C{number:02d}{_digits(rng, 18)}", f"{kind}{word}", "件", _sort(group, "08")


# -- figures ----------------------------------------------------------------------------------------------------------


def _sort(group: Mapping[str, Any], charge_type: str, *, capped: int = 0) -> Sort:
    limits = group.get("limits", {})
    quantities = {name: limits[name] * 10_000 for name in ("per_day", "per_stay") if name in limits}
    found = Limits(**{**limits, **quantities, "diagnoses": tuple(limits.get("diagnoses", ()))})
    return Sort(
        charge_type,
        int(group["median"] * _YUAN),
        tuple(group.get("level_mix", (9, 9, 2))),
        group.get("capped", capped),
        UNLIMITED if found == UNLIMITED else found,
    )


def _made(code: str, zh: str, unit: str, sort: Sort) -> Item:
    """Return the first entry of an item: price, class, share and cap drawn by its sort."""
    rng = _rng(code)
    price = sort.median * _pick(rng, _SPREAD) * rng.randint(88, 113) // 10_000
    price = max(_rounded(price, sort.charge_type), 1)
    level = _level(rng, sort.mix)
    share = _pick(rng, _SHARES)
    capped = rng.randrange(_PARTS) < sort.capped and level != CLASS_C and price >= 8 * _YUAN
    cap = _whole(price * rng.randint(70, 96) // 100) if capped else None
    caps: tuple[tuple[str, int], ...] = ()
    if cap is not None and list_type_of(code) == "201":
        lower = ((SECONDARY, _whole(cap * 90 // 100)), (PRIMARY, _whole(cap * 80 // 100)))
        caps = tuple((which, each) for which, each in lower if each != cap)
    return Item(
        code=code,
        zh=zh,
        level=level,
        charge_type=sort.charge_type,
        price=price,
        cap=cap,
        first_share=share if level == CLASS_B else 0,
        valid_from=FIRST,
        valid_to=None,
        list_type=list_type_of(code),
        unit=unit,
        level_caps=caps,
        limits=sort.limits,
    )


def _rounded(price: int, charge_type: str) -> int:
    """Round a price down as such prices are: herbs by the hundred thousandth, the rest by the fen or the half yuan."""
    if charge_type == "10":
        return price // 10 * 10
    step = _YUAN // 2 if charge_type in {"01", "02", "03", "04", "05", "06", "07", "12", "13", "14"} else _FEN
    return max(price // step, 1) * step


def _whole(amount: int) -> int:
    """Return a cap in whole yuan, as 1318 has no place for fen."""
    return max(amount // _YUAN, 1) * _YUAN


def _level(rng: random.Random, mix: Sequence[int]) -> str:
    drawn = rng.randrange(_PARTS)
    return CLASS_A if drawn < mix[0] else CLASS_B if drawn < mix[0] + mix[1] else CLASS_C


# -- later versions ---------------------------------------------------------------------------------------------------


def _story(item: Item) -> list[Item]:
    """Return the entries of an item over the versions: it may come late, be revised or be withdrawn."""
    streams = Streams(SEED)
    start = streams.share("catalogue", item.code, "start")
    entries = [item._replace(valid_from=THIRD if start < _NEW else SECOND if start < 2 * _NEW else FIRST)]
    for day in (SECOND, THIRD):
        last, chance = entries[-1], streams.share("catalogue", item.code, day.isoformat())
        if last.valid_from >= day or last.valid_to is not None:
            continue
        if chance < _WITHDRAWN:
            entries[-1] = last._replace(valid_to=before(day))
        elif chance < _WITHDRAWN + _REVISED:
            entries[-1] = last._replace(valid_to=before(day))
            rng = streams.stream("catalogue", item.code, f"revised {day}")
            entries.append(_revised(last, rng)._replace(valid_from=day))
    return entries


def _revised(item: Item, rng: random.Random) -> Item:
    """Return an entry with a better class, a lower share or a lower cap, as revisions mostly go."""
    if item.level == CLASS_C:
        return item._replace(level=CLASS_B, first_share=_pick(rng, _SHARES))
    if item.cap is not None:
        caps = tuple((which, _whole(cap * 90 // 100)) for which, cap in item.level_caps)
        return item._replace(cap=_whole(item.cap * 90 // 100), level_caps=caps)
    if item.level == CLASS_B:
        lower = max(item.first_share - 500, 0)
        return item._replace(level=CLASS_B if lower else CLASS_A, first_share=lower)
    return item._replace(level=CLASS_B, first_share=500)


def _kept(item: Item) -> Item:
    """Return an item of the small library with its unit; its code, price, class and days stay."""
    unit = next((unit for mark, unit in (("（克）", "克"), ("（日）", "日"), ("（时）", "时")) if mark in item.zh), "")
    usual = {"101": "盒", "301": "件"}.get(item.list_type, "次")
    return item._replace(unit=unit or usual)


def _elsewhere(item: Item, rng: random.Random) -> list[Item]:
    """Return the entries of an item in the other province: another class for some, other shares and caps for more."""
    level = _pick(rng, _LEVELS) if rng.randrange(10) < 3 else item.level
    first = item._replace(
        level=level,
        first_share=_pick(rng, _SHARES) if level == CLASS_B else 0,
        cap=None if level == CLASS_C else _other_cap(item, rng),
        level_caps=(),
        valid_to=None if item.valid_to is None or item.valid_to >= SECOND else item.valid_to,
    )
    if rng.randrange(20) or first.valid_to is not None:
        return [first]
    return [first._replace(valid_to=before(ELSEWHERE)), _revised(first, rng)._replace(valid_from=ELSEWHERE)]


def _other_cap(item: Item, rng: random.Random) -> int | None:
    if item.cap is not None:
        return _whole(item.cap * rng.randint(85, 110) // 100)
    if item.price < 100 * _YUAN or rng.randrange(4):
        return None
    return _whole(item.price * rng.randint(75, 95) // 100)


# -- tools ------------------------------------------------------------------------------------------------------------


def _rng(entity: str) -> random.Random:
    return Streams(SEED).stream("catalogue", entity, "item")


def _pick(rng: random.Random, among: Sequence[T]) -> T:
    return among[rng.randrange(len(among))]


def _digits(rng: random.Random, count: int) -> str:
    return f"{rng.randrange(10**count):0{count}d}"


@cache
def _words() -> Mapping[str, Any]:
    place = files("scenarios") / "catalogues" / "vocabulary" / "words.toml"
    return tomllib.loads(place.read_text(encoding="utf-8"), parse_float=Decimal)


def write(folder: Path) -> None:
    """Write the files into a folder."""
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    write(Path(str(files("scenarios") / "catalogues")))
