"""People of a sandbox: found, loaded as NDJSON, and shown masked or whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.core.benefit.rules import CIVIL_SERVANT, ENTERPRISE, POOR
from simulator.core.network.city import City
from simulator.core.platform.node import Node
from simulator.core.values.areas import Registry
from simulator.core.values.money import FEN_PER_YUAN, yuan
from simulator.core.values.people import Person
from simulator.inputs.people import check_digit
from simulator.outputs.masking import mask_name, mask_number
from simulator.sandbox.bill_lines import scaled
from simulator.sandbox.kinds import Kind
from simulator.sandbox.population import kind_of, number_of
from simulator.sandbox.readings import parsed
from simulator.sandbox.wrong import Wrong

MOST_PEOPLE = 100_000  # in one upload
_IDENTITIES = (CIVIL_SERVANT, ENTERPRISE, POOR)
_LONGEST: Mapping[str, int] = {
    "psn_no": 30,
    "certno": 50,
    "name": 50,
    "gender": 1,
    "insutype": 6,
    "psn_type": 6,
    "insured_area": 6,
    "family": 30,
}
_NEEDED = ("psn_no", "certno", "name", "gender", "born", "insutype", "psn_type", "insured_area")
_FIELDS = frozenset({*Person._fields})


def home_of(nodes: Mapping[str, Node], registry: Registry, area: str) -> City | None:
    """Return the platform of this process that insures an area's people."""
    node = nodes.get(registry.city_of(area) or "")
    return node if isinstance(node, City) else None


def find_person(nodes: Mapping[str, Node], psn_no: str) -> tuple[City, Person] | None:
    """Return a person insured on a platform of this process."""
    for node in nodes.values():
        person = node.insured.person(psn_no) if isinstance(node, City) else None
        if person is not None:
            assert isinstance(node, City)
            return node, person
    return None


def everybody(nodes: Mapping[str, Node], area: str = "") -> Iterator[Person]:
    """Yield the people of all platforms of this process, or those of one city or pooling area."""
    for code, node in nodes.items():
        if isinstance(node, City):
            known = (each for each in node.filings.book.people.values() if node.insured.person(each.psn_no))
            yield from (each for each in known if area in {"", code, each.insured_area})


def read_people(text: bytes, nodes: Mapping[str, Node], registry: Registry) -> list[tuple[str, Person]]:
    """Return the persons of an NDJSON text with their platforms; raises Wrong, naming the first line that is wrong."""
    found: list[tuple[str, Person]] = []
    cards = {each.certno: each.psn_no for each in everybody(nodes)}
    for number, line in enumerate(filter(None, map(bytes.strip, text.splitlines())), 1):
        try:
            if number > MOST_PEOPLE:
                raise Wrong(f"一次至多{MOST_PEOPLE}人", f"at most {MOST_PEOPLE} people at a time")
            person = read_person(parsed(line))
            home = home_of(nodes, registry, person.insured_area)
            if home is None:
                raise Wrong(f"本进程没有参保地{person.insured_area}", f"no platform here for {person.insured_area}")
            if cards.setdefault(person.certno, person.psn_no) != person.psn_no:
                raise Wrong("证件号码已属于他人", "certno belongs to somebody else")
        except Wrong as wrong:
            raise Wrong(f"第{number}行：{wrong.zh}", f"line {number}: {wrong.en}") from None
        found.append((home.code, person))
    if not found:
        raise Wrong("没有人员", "there are no people in it")
    return found


def read_person(row: Mapping[str, Any]) -> Person:
    """Return the person that a JSON object describes; raises Wrong."""
    unknown, missing = sorted(row.keys() - _FIELDS), [name for name in _NEEDED if not row.get(name)]
    if unknown or missing:
        raise Wrong(
            f"没有字段{unknown[0]}" if unknown else f"缺少{missing[0]}",
            f"there is no field {unknown[0]}" if unknown else f"{missing[0]} is missing",
        )
    for name, longest in _LONGEST.items():
        if not isinstance(row.get(name, ""), str) or len(row.get(name, "")) > longest:
            raise Wrong(f"{name}须为不超过{longest}字的文本", f"{name} is a text of at most {longest} characters")
    identities = row.get("identities", [])
    if not isinstance(identities, list) or any(each not in _IDENTITIES for each in identities):
        known = ", ".join(_IDENTITIES)
        raise Wrong(f"identities须取自{known}", f"identities are out of {known}")
    balance = scaled(row.get("balance", 0), FEN_PER_YUAN, "balance")
    if balance < 0:
        raise Wrong("balance不得小于0", "balance is not below 0")
    texts = {name: row.get(name, "") for name in _LONGEST}
    born = _day(row["born"], "born")
    _card(texts["certno"])
    return Person(**texts, born=born, balance=balance, identities=tuple(sorted(set(identities))))


def _card(certno: str) -> None:
    if len(certno) == 18 and certno[:17].isdigit() and check_digit(certno[:17]) != certno[17]:
        raise Wrong("certno的校验码不对", "the check digit of certno is wrong")


def _day(value: Any, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Wrong(f"{name}须为yyyy-MM-dd", f"{name} is a date like 2024-05-06") from None


def masked(person: Person) -> dict[str, Any]:
    """Return a person as a list shows them: names and numbers masked, but what a person of the population is for."""
    kind = purpose(person)
    return {
        "psn_no": person.psn_no if kind else mask_number(person.psn_no),
        "certno": mask_number(person.certno),
        "name": mask_name(person.name),
        "insured_area": person.insured_area,
        "insutype": person.insutype,
        "psn_type": person.psn_type,
        **({"number": kind.number, "zh": kind.zh, "en": kind.en} if kind else {}),
    }


def whole(home: City, person: Person, today: dt.date) -> dict[str, Any]:
    """Return all that the place of insurance knows of a person: for tests."""
    book, year = home.filings.book, home.insured.year_of(person.psn_no, today.year)
    left = book.left.get(person.psn_no)
    kind = purpose(person)
    return {
        **person._asdict(),
        "born": person.born.isoformat(),
        "balance": yuan(home.insured.balance_of(person.psn_no)),
        "filings": [filing_row(each) for each in book.of(person.psn_no)],
        "year": {
            name: value if name == "stays" else yuan(value)
            for name, value in year._asdict().items()
            if isinstance(value, int)
        },
        **({"left": {"on": left.on.isoformat(), "reason": left.reason}} if left else {}),
        **({"number": kind.number, "zh": kind.zh, "en": kind.en} if kind else {}),
    }


def filing_row(filing: Any) -> dict[str, Any]:
    """Return a filing as the control API words it."""
    return {
        "sn": filing.sn,
        "psn_no": filing.psn_no,
        "type": filing.filing_type,
        "target": filing.target,
        "begin": filing.first_day.isoformat(),
        "end": filing.last_day.isoformat() if filing.last_day else None,
        "channel": filing.channel,
        "commitment": filing.commitment,
        "version": filing.version,
        "valid": filing.valid,
    }


def purpose(person: Person) -> Kind | None:
    """Return what a person of the invented population is here for."""
    kind = kind_of(number_of(person.psn_no))
    return kind if kind is not None and kind.name == person.name else None
