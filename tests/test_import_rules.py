"""Who may import whom, and what the pure core may not touch.

The table is the skeleton of the project: every arrow that is not in it is refused here. The checker is a function of
a file's name and text, and proves itself on texts that break each rule.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Part → the parts it may import besides itself.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "schemas": frozenset(),
    "scenarios": frozenset(),  # data only
    "simulator": frozenset(),  # the package itself: empty
    "simulator.core": frozenset(),
    "simulator.inputs": frozenset({"simulator.core", "schemas"}),
    "simulator.outputs": frozenset({"simulator.core", "schemas"}),
    "simulator.world": frozenset({"simulator.inputs", "simulator.core", "schemas"}),
    "simulator.study": frozenset(
        {"simulator.world", "simulator.inputs", "simulator.outputs", "simulator.core", "schemas"}
    ),
    "simulator.sandbox": frozenset({"simulator.inputs", "simulator.outputs", "simulator.core", "schemas"}),
    "simulator.traffic": frozenset(
        {"simulator.world", "simulator.inputs", "simulator.outputs", "simulator.core", "schemas"}
    ),
    "conformance": frozenset(
        {"simulator.inputs", "simulator.outputs", "simulator.core", "schemas", "simulator.sandbox"}
    ),
}
MAY_IMPORT["yidi_pytest"] = frozenset()  # it is imported beside packages of our names
MAY_IMPORT["examples"] = frozenset()  # written as somebody else would
MAY_IMPORT["yidi"] = frozenset(MAY_IMPORT)  # the command mounts every part
OURS = frozenset(part.partition(".")[0] for part in MAY_IMPORT)

CORE = "simulator.core"
# Clocks, chance, files, sockets, other processes: a host has them, the core does not.
NOT_IN_CORE = frozenset(
    {"asyncio", "io", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "socket"}
    | {"subprocess", "sys", "tempfile", "threading", "time", "uuid"}
)
NAMES_NOT_IN_CORE = frozenset({"open", "print", "input", "eval", "exec", "__import__", "breakpoint"})
CLOCKS = frozenset({"now", "today", "utcnow"})
NOT_PROJECT = frozenset({"tests", "benchmarks", "build", "dist", "out"})


def part_of(module: str) -> str:
    """The part a dotted module name belongs to, empty for what is not ours."""
    root, _, rest = module.partition(".")
    if root not in OURS:
        return ""
    return f"simulator.{rest.partition('.')[0]}" if root == "simulator" and rest else root


def module_of(path: str) -> str:
    """The dotted name of a file by its path from the root."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(tree: ast.AST, path: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a file imports, by statement or by a name given as text."""
    package = module_of(path).split(".")
    if not path.endswith("/__init__.py"):
        package = package[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # "from simulator import study" imports the part, "from simulator.core import x" a thing in it.
            names = [alias.name for alias in node.names] if module == "simulator" else []
            yield from ((node.lineno, f"{module}.{name}") for name in names)
            if not names:
                yield node.lineno, module
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"}:
                yield node.lineno, str(node.args[0].value)


def purity(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and reason of everything in a text of the core that reaches outside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in NAMES_NOT_IN_CORE:
            yield node.lineno, f"uses {node.id}"
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if owner in {"datetime", "date", "dt"}:
                yield node.lineno, f"reads the clock: {owner}.{node.attr}"


def findings(path: str, text: str) -> list[str]:
    """What is wrong in a file of the project, one sentence each."""
    tree = ast.parse(text)
    mine = part_of(module_of(path))
    if mine not in MAY_IMPORT:
        return [f"{path}: belongs to no part of the table"]
    found = []
    for line, name in imports(tree, path):
        theirs = part_of(name)
        if theirs and theirs != mine and theirs not in MAY_IMPORT[mine]:
            found.append(f"{path}:{line}: {mine} may not import {name}")
        root = name.partition(".")[0]
        if mine == CORE and not theirs and (root in NOT_IN_CORE or root not in sys.stdlib_module_names):
            found.append(f"{path}:{line}: the core may not import {name}")
    if mine == CORE:
        found += [f"{path}:{line}: the core {why}" for line, why in purity(tree)]
    return found


def project_files() -> list[str]:
    folders = [entry for entry in ROOT.iterdir() if entry.is_dir() and entry.name not in NOT_PROJECT]
    found = [*ROOT.glob("*.py")]
    for folder in folders:
        if not folder.name.startswith("."):
            found += folder.rglob("*.py")
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def test_the_project_keeps_the_table() -> None:
    files = project_files()
    assert "simulator/core/network/city.py" in files
    assert "yidi.py" in files
    wrong = [finding for path in files for finding in findings(path, (ROOT / path).read_text(encoding="utf-8"))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("schemas/x.py", "import simulator.core"),
        ("scenarios/__init__.py", "import schemas"),
        ("simulator/__init__.py", "from simulator.core import money"),
        ("simulator/core/x.py", "from schemas import load"),
        ("simulator/core/x.py", "from simulator.inputs import packs"),
        ("simulator/core/x.py", "from simulator import inputs"),
        ("simulator/core/x.py", "from .. import inputs"),
        ("simulator/core/x.py", "from ..inputs.packs import load_pack"),
        ("simulator/core/__init__.py", "from ..world import hosts"),
        ("simulator/core/x.py", "def later():\n    import simulator.world.clock"),
        ("simulator/core/x.py", "import importlib\nimportlib.import_module('simulator.world')"),
        ("simulator/inputs/x.py", "import simulator.outputs"),
        ("simulator/outputs/x.py", "from simulator.inputs import packs"),
        ("simulator/world/x.py", "from simulator.study import run"),
        ("simulator/world/x.py", "if TYPE_CHECKING:\n    from simulator.outputs import texts"),
        ("simulator/study/x.py", "import conformance.suites"),
        ("simulator/sandbox/x.py", "from simulator.world import network"),
        ("simulator/traffic/x.py", "from simulator.sandbox import gateway"),
        ("simulator/traffic/x.py", "from simulator import sandbox"),
        ("conformance/x.py", "from simulator.world import network"),
        ("conformance/x.py", "from simulator.study import run"),
        ("conformance/x.py", "import simulator.traffic"),
        ("simulator/study/x.py", "import yidi"),
        ("simulator/nowhere/x.py", ""),
        ("elsewhere/x.py", ""),
    ],
)
def test_an_arrow_that_is_not_in_the_table_is_found(path: str, text: str) -> None:
    assert len(findings(path, text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "import polars",
        "from simpy import Environment",
        "import time",
        "from random import Random",
        "import uuid",
        "import os.path",
        "from pathlib import Path",
        "import datetime as dt\nx = dt.datetime.now()",
        "from datetime import datetime\nx = datetime.utcnow()",
        "import datetime as dt\nx = dt.date.today()",
        "from datetime import date\nclock = date.today",
        "import datetime as dt\nx = dt.datetime.today()",
        "x = open('f')",
        "print('x')",
        "x = __import__",
    ],
)
def test_a_core_that_reaches_outside_is_found(text: str) -> None:
    assert len(findings("simulator/core/x.py", text)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "simulator/core/x.py",
            "import datetime as dt\nfrom collections.abc import Mapping\nx = turn.now.date()\nopen: bool",
        ),
        ("simulator/core/x.py", "from simulator.core.money import yuan\nfrom . import bill\nfrom .books import Leg"),
        ("simulator/inputs/x.py", "import time\nimport schemas\nfrom simulator.core import money\nprint(time.time())"),
        ("simulator/study/x.py", "import polars\nfrom simulator.world import network\nfrom simulator import outputs"),
        ("simulator/sandbox/x.py", "import starlette\nfrom simulator.inputs.wire import encode"),
        ("conformance/x.py", "from simulator.sandbox import gateway"),
        ("yidi.py", "import schemas\nfrom simulator.study import commands\nimport conformance"),
    ],
)
def test_what_the_table_allows_is_let_through(path: str, text: str) -> None:
    assert findings(path, text) == []
