"""Calls that are not signed as agreed: what every gateway turns away."""

from __future__ import annotations

from conformance.client import CaseClient, NotApplicable

MIS_SIGNED = ("none", "broken", "stale", "ahead", "replayed")
FORGED = ("none", "broken", "replayed")


def needs_nonce(case: CaseClient, sign: str) -> None:
    """Stop a case that replays a call where nothing in a call tells that; raises NotApplicable."""
    if sign == "replayed" and not case.do("nonces"):
        raise NotApplicable("the gateway of this run has no nonce")
