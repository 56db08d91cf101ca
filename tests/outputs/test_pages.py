"""Nothing that stands in a page's data can leave its script element, and the library can stand in one."""

from __future__ import annotations

import json

import pytest
import vl_convert

from simulator.outputs.pages import chart_library, script_json


def test_data_cannot_end_the_script() -> None:
    hostile = {"name": "</script><script>alert(1)</script><!-- & \u2028\u2029"}
    text = str(script_json(hostile))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == hostile


def test_the_library_is_one_closed_script() -> None:
    library = chart_library()
    assert "window.vegaEmbed" in library
    assert "</script" not in library.lower()
    assert len(library) < 2_000_000


def test_a_library_that_would_end_its_element_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda _: "'</script>'")
    with pytest.raises(ValueError, match="script element"):
        chart_library.__wrapped__()
