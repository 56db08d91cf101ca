"""Values are frozen."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

import schemas


def test_a_value_cannot_be_changed(registry: schemas.Registry):
    layout = registry.layout("2304", "request")
    for value, attribute in [
        (schemas.Name("甲", "a"), "zh"),
        (schemas.Finding("", "type", "", ""), "pointer"),
        (registry.transactions["2304"], "infno"),
        (layout["data"], "list"),
        (layout["data"].fields["psn_no"], "length"),
    ]:
        with pytest.raises(FrozenInstanceError):
            setattr(value, attribute, "other")


def test_a_mapping_cannot_be_changed(registry: schemas.Registry):
    with pytest.raises(TypeError):
        registry.layout("2304", "request")["data"].fields["psn_no"] = None  # type: ignore[index]
    with pytest.raises(TypeError):
        registry.codes["insutype"]["310"] = "other"  # type: ignore[index]
