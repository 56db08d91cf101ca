"""The two sections of a run: national transactions, and the messages between bureaus that this project proposes.

No official text has fixed the latter, so they are counted and judged by themselves, and only with the profile
``bureau``: neither section says anything of the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.verdicts import NOT_APPLICABLE, NOT_JUDGED, VERDICTS, verdict_of_run
from conformance.verdicts import WORDS as _WORDS

NATIONAL, BUREAU = "national", "bureau"
SECTIONS = (NATIONAL, BUREAU)
Rows = Sequence[Mapping[str, Any]]
_NAMES: Mapping[str, tuple[str, str]] = {
    NATIONAL: ("国家接口交易", "national transactions"),
    BUREAU: ("本项目拟议的局间报文", "messages this project proposes"),
}
"""What a section is called in Chinese and English."""
_WRONG_PROFILE = {"zh": "规范集不是bureau。", "en": "The profile is not bureau."}
_NO_CASE = {"zh": "没有适用的用例。", "en": "No case of it applies."}


def section_of(row: Mapping[str, Any]) -> str:
    """Return the section of a case, as its row in ``results.json`` says."""
    return str(row.get("section", NATIONAL))


def of_section(rows: Iterable[Mapping[str, Any]], section: str) -> list[Mapping[str, Any]]:
    """Return the rows of cases of a section."""
    return [row for row in rows if section_of(row) == section]


def verdict_of(rows: Rows, section: str) -> str:
    """Return what the cases of a section come to: a verdict of a run, or ``not_judged`` where none of them applied."""
    verdicts = [row["verdict"] for row in of_section(rows, section)]
    if all(verdict == NOT_APPLICABLE for verdict in verdicts):
        return NOT_JUDGED
    return verdict_of_run(verdicts)[0]


def counts_of(rows: Rows, section: str) -> dict[str, int]:
    """Return how many cases of a section came to each verdict."""
    counted = Counter(row["verdict"] for row in of_section(rows, section))
    return {verdict: counted[verdict] for verdict in VERDICTS}


def why_not_judged(profile: str) -> dict[str, str]:
    """Return why the messages between bureaus were not judged, in both languages."""
    return dict(_NO_CASE if profile == BUREAU else _WRONG_PROFILE)


def name_of(section: str, lang: str) -> str:
    """Return what a section is called."""
    return _NAMES[section][0 if lang == "zh" else 1]


def said_of_bureau(rows: Rows, lang: str) -> str:
    """Return in one line what the messages between bureaus came to, empty where they were not judged."""
    verdict, side = verdict_of(rows, BUREAU), 0 if lang == "zh" else 1
    if verdict == NOT_JUDGED:
        return ""
    counted = (f"{_WORDS[name][side]} {count}" for name, count in counts_of(rows, BUREAU).items() if count)
    colon, comma = ("：", "，") if lang == "zh" else (": ", ", ")
    return f"{name_of(BUREAU, lang)} — {_WORDS[verdict][side]}{colon}{comma.join(counted)}"


def tag(row: Mapping[str, Any], lang: str) -> str:
    """Return what is set before a case that is not of the national transactions, empty for one that is."""
    if section_of(row) == NATIONAL:
        return ""
    return f"［{name_of(BUREAU, lang)}］" if lang == "zh" else f"[{name_of(BUREAU, lang)}] "
