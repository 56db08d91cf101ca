"""What the package shows is what it means to show."""

from __future__ import annotations

import schemas


def test_the_door_lists_exactly_its_public_names():
    public = {name for name, value in vars(schemas).items() if not name.startswith("_") and not _is_module(value)}
    assert public == set(schemas.__all__)
    assert schemas.__all__ == sorted(schemas.__all__)


def test_every_public_class_and_function_says_what_it_is():
    for name in set(schemas.__all__) - {"Direction", "Kind"}:
        assert getattr(schemas, name).__doc__


def _is_module(value: object) -> bool:
    return type(value).__name__ == "module"
