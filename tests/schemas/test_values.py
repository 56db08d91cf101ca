"""Values are frozen."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

import schemas


def test_a_value_cannot_be_changed(registry: schemas.Registry):
    blocks = registry.body("2304", "request").blocks
    for value, attribute in [
        (schemas.Name("甲", "a"), "zh"),
        (registry.check_text(None, "request", "[]")[0], "pointer"),
        (registry.transactions["2304"], "infno"),
        (blocks["data"], "list"),
        (blocks["data"].fields["psn_no"], "length"),
    ]:
        with pytest.raises(FrozenInstanceError):
            setattr(value, attribute, "other")


def test_a_mapping_cannot_be_changed(registry: schemas.Registry):
    with pytest.raises(TypeError):
        registry.body("2304", "request").blocks["data"].fields["psn_no"] = None  # type: ignore[index]
    with pytest.raises(TypeError):
        registry.tables["insutype"].labels["310"] = schemas.Name("", "")  # type: ignore[index]
