"""What a mutant is: one thing in a running reference replaced by something wrong.

Nothing of it stands in the product: a mutant patches the classes and functions of its own process after they are
imported and before anything is served.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

RULES, STATE, WIRE, GATEWAY, VARIANT = "rules", "state", "wire", "gateway", "variant"
KINDS = (RULES, STATE, WIRE, GATEWAY)
CITY = "city"
_OURS = ("simulator.", "schemas.")


class Patch(NamedTuple):
    """``place`` is ``module:name`` or ``module:Class.name``; ``make`` returns what stands there from then on.

    It gets what stood there. Of a module's own name every module that had imported it gets the new one.
    """

    place: str
    make: Callable[[Any], Any]

    def find(self) -> tuple[Any, str, Any]:
        """Return what holds the place, its name there, and what stands there; raises LookupError and ImportError."""
        module, _, path = self.place.partition(":")
        owner: Any = importlib.import_module(module)
        *outer, name = path.split(".")
        for each in outer:
            owner = vars(owner)[each]
        return owner, name, vars(owner)[name]

    def apply(self) -> None:
        """Put the new thing in its place."""
        owner, name, old = self.find()
        new = self.make(old)
        setattr(owner, name, new)
        if isinstance(owner, ModuleType):
            _everywhere(old, new)


class Mutant(NamedTuple):
    """A reference that is wrong in one way, or for kind ``variant`` right in an unusual one.

    ``expected`` are patterns of node ids of the cases that are to kill it, which run first; of a variant those that
    exercise what is unusual of it, which run even where only the short selection does. ``role`` says of which
    reference it is one.
    """

    name: str
    kind: str
    zh: str
    en: str
    patches: tuple[Patch, ...]
    expected: tuple[str, ...] = ()
    role: str = CITY

    def apply(self) -> None:
        """Make this process the mutant."""
        for patch in self.patches:
            patch.apply()


def nothing(old: Any) -> Any:
    """Make something do nothing and tell nothing."""
    return lambda *about, **more: None


def _everywhere(old: Any, new: Any) -> None:
    for module in [each for name, each in sys.modules.items() if name.startswith(_OURS)]:
        for name, value in list(vars(module).items()):
            if value is old:
                setattr(module, name, new)
