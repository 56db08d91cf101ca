"""Certifies a system before it connects: plays every party around it, and judges what it says by the core's rules."""

from pathlib import Path

SUITES = Path(__file__).parent / "suites"
