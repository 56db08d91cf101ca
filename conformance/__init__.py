"""Certifies a system before it connects: plays every party around it, and judges what it says by the core's rules."""

from pathlib import Path

SUITES = Path(__file__).parent / "suites"


def suites_of(role: str) -> Path:
    """Return where the suites of a role stand: those of a city directly, of others in a folder of their own."""
    return SUITES if role == "city" else SUITES / role
