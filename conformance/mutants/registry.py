"""All mutants and correct variants, by name."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.mutants import (
    accounts,
    applications,
    disturbed,
    gateway,
    hospital,
    hospital_disturbed,
    hospital_variants,
    papers,
    passing,
    province,
    province_variants,
    rules,
    state,
    variants,
    visits,
    wire,
)
from conformance.mutants.mutant import Mutant

MODULES = (
    *(rules, accounts, state, visits, papers, applications, disturbed, passing, wire, gateway),
    *(province, hospital, hospital_disturbed),
)
MUTANTS: tuple[Mutant, ...] = tuple(mutant for module in MODULES for mutant in module.MUTANTS)
VARIANTS: tuple[Mutant, ...] = (*variants.VARIANTS, *hospital_variants.VARIANTS, *province_variants.VARIANTS)
BY_NAME: Mapping[str, Mutant] = {each.name: each for each in (*MUTANTS, *VARIANTS)}


def named(name: str) -> Mutant:
    """Return a mutant or variant; raises KeyError with a sentence for a name that there is none of."""
    if name not in BY_NAME:
        raise KeyError(f"there is no mutant {name}; yidi mutants --list names them all")
    return BY_NAME[name]
