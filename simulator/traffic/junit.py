"""JUnit of a load run: a test case for each limit, with its clause, and one for each thing that ends a run early."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from simulator.traffic.limits import BROKEN, OPEN, Figures
from simulator.traffic.verdict import FINDINGS, INTERRUPTED, SATURATED, UNREACHABLE, VOID

NAME = "junit.xml"

_WHOLE = {
    VOID: ("generator keeps up", "error"),
    UNREACHABLE: ("target answers", "error"),
    INTERRUPTED: ("run is whole", "error"),
    SATURATED: ("target keeps up", "failure"),
    FINDINGS: ("replies of the sample are right", "failure"),
}
"""What else is tested, by the verdict that says it is not so, and how JUnit words it then."""


class _Case(NamedTuple):
    name: str
    how: str  # failure, error, skipped or nothing
    why: str
    basis: tuple[str, str] = ("", "")


def junit(made: Figures) -> bytes:
    """Return the text of the file, of a document (``load.json``)."""
    cases = [*_of_limits(made), *_of_the_whole(made)]
    counts = {how: sum(case.how == how for case in cases) for how in ("failure", "error", "skipped")}
    suite = Xml.Element(
        "testsuite",
        name=f"yidi load {made['profile']['id']}",
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=f"{made['seconds']:.3f}",
        timestamp=made["begun"],
    )
    for case in cases:
        _write(suite, case, made["profile"]["id"])
    whole = Xml.Element("testsuites")
    whole.append(suite)
    Xml.indent(whole)
    text: bytes = Xml.tostring(whole, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _of_limits(made: Figures) -> Iterator[_Case]:
    how = {BROKEN: "failure", OPEN: "skipped"}
    for each in made["limits"]:
        basis = ("clause", each["clause"]) if each["clause"] else ("assumption", each["assumption"])
        yield _Case(each["id"], how.get(each["state"], ""), f"{each['en']}: {each['said']['en']}", basis)


def _of_the_whole(made: Figures) -> Iterator[_Case]:
    for verdict, (name, how) in _WHOLE.items():
        causes = [cause["en"] for cause in made["verdict"]["causes"] if cause["verdict"] == verdict]
        yield _Case(name, how if causes else "", "; ".join(causes))


def _write(suite: Xml.Element, case: _Case, profile: str) -> None:
    element = Xml.SubElement(suite, "testcase", classname=f"yidi.load.{profile}", name=case.name, time="0")
    if case.basis[1]:
        properties = Xml.SubElement(element, "properties")
        Xml.SubElement(properties, "property", name=case.basis[0], value=case.basis[1])
    if case.how:
        Xml.SubElement(element, case.how, message=case.why)
