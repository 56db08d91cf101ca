"""The fixture of a hospital's suites: the hospital under test, which has signed in."""

from __future__ import annotations

import pytest

from conformance.client import CaseClient
from conformance.hospital.client import HospitalClient


@pytest.fixture
def hospital(case: CaseClient) -> HospitalClient:
    """Return the hospital of a test; it signs in first, as each case has a city of its own."""
    found = HospitalClient(case)
    found.signs_in()
    return found
