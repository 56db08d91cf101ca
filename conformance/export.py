"""The people, filings and institutions of a run, known before it: for a city that loads them by hand.

The suites are run once without a target (:mod:`conformance.dry`), on the day the real run will be; what they tell the
hooks ``load_people`` and ``load_filings`` is what the city has to know. The same seed on the same day makes the same
people.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from conformance import SUITES
from conformance.evidence import HOOK, Line, checked
from simulator.inputs.platforms import Ground
from simulator.inputs.subjects import DATA_HOOKS, Subject
from simulator.outputs.excel import workbook
from simulator.outputs.files import filled_whole

_FINE = frozenset({0, 1})  # pytest's codes when the cases were run, whatever came of them
_ATTEMPTS = (0, 2)  # at the target; the one between them is the reference's
_COLUMNS = ("psn_no", "certno", "name", "gender", "born", "insutype", "psn_type", "insured_area", "sn", "filing_type")
_SAID = 600
WORKBOOK = "data.xlsx"
Row = Mapping[str, Any]


class DryRunFailed(Exception):
    """The suites could not be run without a target."""


class Exported(NamedTuple):
    """What a city under test has to know: rows of each kind; people and filings name the case they are for."""

    people: Sequence[Row]
    filings: Sequence[Row]
    institutions: Sequence[Row]


def exported(
    subject: Subject, ground: Ground, seed: str, day: dt.date, *arguments: str, suites: Path = SUITES
) -> Exported:
    """Return what a run of suites on a day will need; ``arguments`` are pytest's, as ``yidi certify`` takes them.

    A case that is red is tried again with other people, which are there too. Raises DryRunFailed.
    """
    with ThreadPoolExecutor(len(_ATTEMPTS)) as pool:
        runs = pool.map(lambda first: _dry(subject, seed, f"{day}/{first}", arguments, suites), _ATTEMPTS)
        lines = [line for each in runs for line in each]
    people, filings = ([*_told(lines, hook)] for hook in DATA_HOOKS)
    return Exported(people, filings, [*institutions(ground)])


def _dry(subject: Subject, seed: str, day: str, arguments: Sequence[str], suites: Path) -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        evidence = Path(folder) / "evidence.ndjson"
        line = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
        line += ["--rootdir", str(SUITES), "--yidi", subject.file, "--yidi-seed", seed, "--yidi-no-attribution"]
        line += ["--yidi-dry", day, "--yidi-evidence", str(evidence), *arguments, str(suites)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode not in _FINE:
            raise DryRunFailed((done.stderr or done.stdout).strip()[-_SAID:])
        return list(checked(evidence.read_bytes(), str(evidence)))


def _told(lines: Sequence[Line], hook: str) -> Iterator[Row]:
    kind = hook.removeprefix("load_")
    for line in lines:
        if line.kind == HOOK and line.said["name"] == hook:
            for row in line.said["asked"][kind]:
                first = [name for name in _COLUMNS if name in row]
                ordered = first + sorted(row.keys() - set(first))
                yield {"case": line.case, "attempt": line.attempt} | {name: row[name] for name in ordered}


def institutions(ground: Ground) -> Iterator[Row]:
    """Yield the hospitals and pharmacies of the network, as a city that settles for visitors knows them."""
    registry = ground.network.national
    for each in registry.institutions.values():
        yield {
            "fixmedins_code": each.code,
            "fixmedins_name": each.zh,
            "admdvs": each.area,
            "city": registry.city_of(each.area) or "",
            "hosp_lv": each.level,
        }


def written(found: Exported, out: Path) -> tuple[str, ...]:
    """Write each kind as NDJSON and all of them as one workbook; return the names of the files."""
    with filled_whole(out) as folder:
        for kind, rows in found._asdict().items():
            (folder / f"{kind}.ndjson").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        (folder / WORKBOOK).write_bytes(workbook(found._asdict()))
        return tuple(sorted(each.name for each in folder.iterdir()))
