"""What forms are made of: one run of a result folder, and the month and city they are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import polars as pl

from schemas.requirements import load_requirements
from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.outputs.console import UsageError

_ONE_DAY = dt.timedelta(days=1)


class Month(NamedTuple):
    """A month (``2016-10``) and the days of it that a run has lived."""

    text: str
    first: dt.date
    last: dt.date
    seen_from: dt.date
    seen_to: dt.date

    @property
    def zh(self) -> str:
        """Return it as Chinese paper has it."""
        return f"{self.first.year}年{self.first.month}月"

    @property
    def after(self) -> dt.date:
        """Return the first day after it."""
        return self.last + _ONE_DAY


class Source:
    """One run of a result folder, read when asked for, as forms about one month and (unless empty) one city see it.

    Raises UsageError for a folder that holds no whole run, and for a month, run or city that is not in it.
    """

    def __init__(self, folder: Path, month: str, *, run: int = 0, city: str = "") -> None:
        self.folder = folder
        self.run = run
        self.city = city
        self.summary, self.provenance = self._read("summary.json"), self._read("provenance.json")
        try:
            self.window = tuple(dt.date.fromisoformat(self.summary["window"][end]) for end in ("from", "to"))
            self.cities: Mapping[str, str] = {row["city"]: row["zh"] for row in self.summary["by_city"]}
            runs = pl.scan_parquet(folder / "stays.parquet").select(pl.col("run").unique()).collect()["run"].sort()
        except (OSError, pl.exceptions.PolarsError, KeyError, TypeError, ValueError):
            raise self._not_whole() from None
        self.month = self._month(month)
        if run not in (known := runs.to_list() or [0]):
            raise UsageError(
                f"{folder} 没有第 {run} 次运行；有 {known[0]} 至 {known[-1]}。",
                f"{folder} has no run {run}; it has {known[0]} to {known[-1]}.",
            )
        if city and city not in self.cities:
            raise UsageError(
                f"{folder} 没有城市 {city}；有 {'、'.join(self.cities)}。",
                f"{folder} has no city {city}; it has {', '.join(self.cities)}.",
            )

    # -- tables -------------------------------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        """Tell whether the folder has a table."""
        return (self.folder / f"{name}.parquet").is_file()

    def rows(self, name: str, *conditions: pl.Expr) -> pl.DataFrame:
        """Return the rows of a table in this run that meet all conditions; raises UsageError where it is not whole."""
        try:
            table = pl.scan_parquet(self.folder / f"{name}.parquet")
            return table.filter(pl.col("run") == self.run, *conditions).collect()
        except (OSError, pl.exceptions.PolarsError):
            raise self._not_whole() from None

    def stays(self, *conditions: pl.Expr, column: str = "discharged_at") -> pl.DataFrame:
        """Return the stays of basic insurance with a time in the month (that of discharge, unless named otherwise)."""
        return self.rows("stays", self.within(column), pl.col("scheme") != "ncms", *conditions)

    def within(self, column: str) -> pl.Expr:
        """Return the condition that a time or day lies in the month."""
        return pl.col(column).dt.date().is_between(self.month.first, self.month.last)

    def own(self, *columns: str) -> pl.Expr:
        """Return the condition that cities are of the province."""
        return pl.all_horizontal(pl.col(column).is_in(list(self.cities)) for column in columns)

    @property
    def listed(self) -> Mapping[str, str]:
        """Return the cities that a form by city lists: the one asked for, or all."""
        return {self.city: self.cities[self.city]} if self.city else self.cities

    # -- names --------------------------------------------------------------------------------------------------

    @property
    def org(self) -> str:
        """Return who sends in the forms."""
        return f"{self.cities[self.city]}医疗保险经办机构" if self.city else self.province

    @property
    def province(self) -> str:
        """Return the agency of the province."""
        return f"{self._scenario.network.province.zh if self._scenario else '省'}医疗保险经办机构"

    def city_zh(self, code: str) -> str:
        """Return the name of a city; those of other provinces have none of their own."""
        return self.cities.get(code, "外省")

    def area_zh(self, code: str) -> str:
        """Return the name of a pooling area, its code where the scenario is not at hand."""
        area = self._scenario.network.national.areas.get(code) if self._scenario else None
        return area.zh if area else code

    def hospital_zh(self, code: str) -> str:
        """Return the name of an institution, its code where the scenario is not at hand."""
        found = self._scenario.network.national.institutions.get(code) if self._scenario else None
        return found.zh if found else code

    def city_of(self, area: str) -> str:
        """Return the city of a pooling area, empty where it is not known."""
        if area in self.cities:
            return area
        found = self._scenario.network.national.areas.get(area) if self._scenario else None
        return found.city if found else self._areas.get(area, "")

    @cached_property
    def _areas(self) -> Mapping[str, str]:
        return dict(self.rows("stays").select("insured_area", "insured_city").unique().rows())

    @cached_property
    def _scenario(self) -> Scenario | None:
        """The built-in scenario of the run, for its names; None where the network has changed or is a user's own."""
        found, inputs = _built_in(str(self.provenance["scenario"])), self.provenance["inputs"]
        if found is None:
            return None
        same = all(inputs.get(name) == digest for name, digest in found.digests.items() if "/networks/" in name)
        return found if same else None

    # -- what is said of them -----------------------------------------------------------------------------------

    def under(self, document: str) -> bool:
        """Tell whether the run is about a document of the requirement rows (JS, JL)."""
        known = load_requirements().documents.get(document)
        return known is not None and known.number == self.summary["scenario"]["notice"]

    @property
    def origin(self) -> str:
        """Return what stands in the head of every page."""
        said = self.provenance
        return f"yidi 模拟数据：{said['scenario']}，种子 {said['seed']}，规模 {said['scale']:.6g}，第 {self.run} 次运行"

    def notes(self, *own: str) -> tuple[str, ...]:
        """Return the notes of a form: its own, what of the month the run has not lived, and that all is simulated."""
        month, found = self.month, list(own)
        if month.seen_to < month.last:
            found.append(f"本月未结束：运行到{month.seen_to}为止，本表只含到该日的数据。")
        if month.seen_from > month.first:
            found.append(f"运行自{month.seen_from}开始，本表不含此前的数据。")
        scale = f"{self.provenance['scale'] * 100:.6g}%"
        return (*found, f"本表数据由模拟产生，人员为虚构；人次和金额按实际住院规模的{scale}模拟，未放大。")

    # -- reading ------------------------------------------------------------------------------------------------

    def _month(self, text: str) -> Month:
        if (first := _first_day(text)) is None:
            raise UsageError(
                f"--month {text} 不是月份；请写作 2016-10。", f"--month {text} is no month; write it as 2016-10."
            )
        last = (first + 31 * _ONE_DAY).replace(day=1) - _ONE_DAY
        begin, end = self.window
        if last < begin or first > end:
            months = f"{begin:%Y-%m}", f"{end:%Y-%m}"
            raise UsageError(
                f"--month {text} 不在运行期间内；运行为 {months[0]} 至 {months[1]}。",
                f"--month {text} lies outside of the run, which is from {months[0]} to {months[1]}.",
            )
        return Month(text, first, last, max(first, begin), min(last, end))

    def _read(self, name: str) -> Mapping[str, Any]:
        try:
            found = orjson.loads((self.folder / name).read_bytes())
        except (OSError, ValueError):
            raise self._not_whole() from None
        if not isinstance(found, dict):
            raise self._not_whole()
        return found

    def _not_whole(self) -> UsageError:
        return UsageError(
            f"{self.folder} 不是完整的运行结果；请给出 yidi simulate 留下的文件夹。",
            f"{self.folder} is no whole result of a run; give a folder that yidi simulate left.",
        )


def _first_day(month: str) -> dt.date | None:
    """Return the first day of a month, None for what is no month."""
    try:
        first = dt.date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return first if f"{first:%Y-%m}" == month else None


@cache
def _built_in(name: str) -> Scenario | None:
    try:
        return load_scenario(name)
    except InputError:
        return None
