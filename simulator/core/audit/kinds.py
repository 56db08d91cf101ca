"""The kinds of rule by name: few pieces of code under many rules, with what each reads and what evidence it gives."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from simulator.core.audit import items, neighbours, stays
from simulator.core.audit.rules import OTHERS, RESTRICTED, Apply, Kind


def _kind(apply: Apply, evidence: str, figures: str = "", needs: str = "", **options: type | tuple[str, ...]) -> Kind:
    return Kind(apply, MappingProxyType(options), frozenset(figures.split()), frozenset(evidence.split()), needs)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        # lines
        "repeat": _kind(items.repeat, "code time count"),
        "units": _kind(items.units, "code day units limit", needs=RESTRICTED, per=("day", "stay")),
        "stay_days": _kind(items.stay_days, "codes charged days", "slack", types=tuple, prefix=str),
        "exclusive": _kind(items.exclusive, "day group codes", needs=RESTRICTED, prefix=str),
        "together": _kind(items.together, "day code with", needs=RESTRICTED, relation=("clashes", "parts")),
        "unproven": _kind(items.unproven, "code day wanted", needs=RESTRICTED),
        "course": _kind(items.course, "code days limit", "days", of=("ordinary", "chronic", "discharge")),
        "catalogue": _kind(items.catalogue, "code day found allowed", by=tuple(items.AGAINST)),
        "arithmetic": _kind(items.arithmetic, "code found allowed"),
        "restricted": _kind(items.restricted, "code found allowed", needs=RESTRICTED, by=tuple(items.UNMET)),
        "moment": _kind(items.moment, "codes first last bound", bound=("admission", "discharge", "death")),
        "refund": _kind(items.refund, "code found allowed"),
        # the visit
        "diagnosis": _kind(stays.diagnosis, "diagnosis gender age", prefixes=tuple, gender=("", "1", "2"), oldest=int),
        "entitlement": _kind(stays.entitlement, "hospital admitted since", by=("filing", "opening", "life")),
        "zero_days": _kind(stays.zero_days, "admitted discharged", ways=tuple, med_types=tuple),
        "no_treatment": _kind(stays.no_treatment, "days lines", "days"),
        "injury": _kind(stays.injury, "diagnosis injury third_party", prefixes=tuple),
        "outlier": _kind(stays.outlier, "disease amount usual percent", "percent"),
        "package_on_admission": _kind(stays.package_on_admission, "day count limit", "items"),
        "part_settlements": _kind(stays.part_settlements, "count limit", "times"),
        # the person's other visits
        "soon_again": _kind(neighbours.soon_again, "other gap disease", "days", OTHERS, planned=tuple),
        "overlap": _kind(neighbours.overlap, "other hospital first last", needs=OTHERS),
        "outside": _kind(neighbours.outside, "other hospital day admitted", needs=OTHERS),
        "at_once": _kind(neighbours.at_once, "other hospital minutes", "minutes", OTHERS),
        "many": _kind(neighbours.many, "count days limit", "days stays", planned=tuple),
        "tested_again": _kind(neighbours.tested_again, "code day made hospital", "days", OTHERS),
        "deductible": _kind(neighbours.deductible, "other in_scope before now", "days margin", OTHERS),
    }
)
