"""Mutants whose gateway lets in what it must turn away."""

from __future__ import annotations

from typing import Any

import schemas
from conformance.mutants.mutant import GATEWAY, Mutant, Patch
from schemas.profiles import relaxed
from simulator.sandbox.gate import Denied
from simulator.sandbox.judging import Judged, Verdict
from simulator.sandbox.parties import ANYONE

_GATE, _SCHEME = "simulator.sandbox.gate", "simulator.inputs.gateways:Scheme"


def _unsigned(old: Any) -> Any:
    def check(self: Any, headers: Any, now: float) -> Any:
        found = old(self, headers, now)
        return ANYONE if isinstance(found, Denied) and found.why == "missing" else found

    return check


def _yes(old: Any) -> Any:
    return lambda *about: True


def _none(old: Any) -> Any:
    return lambda *about: ""


def _unjudged(old: Any) -> Any:
    def judge(registry: schemas.Registry, infno: str, body: bytes) -> Judged:
        found: Judged = old(registry, infno, body)
        if not found.verdict.wrong:
            return found
        try:
            sent = relaxed(schemas.parse(body), registry.profile)
        except schemas.BadText:
            return found
        if not isinstance(sent, dict) or not isinstance(sent.get("input"), dict):
            return found
        number = str(sent.get("infno", infno))
        return Judged(Verdict(number, ""), sent) if number in registry.transactions else found

    return judge


def _as_200(old: Any) -> Any:
    def admit(self: Any, infno: str, headers: Any) -> Any:
        found = old(self, infno, headers)
        return found._replace(status=200) if hasattr(found, "status") else found

    return admit


MUTANTS = tuple(
    Mutant(name, GATEWAY, zh, en, patches, expected)
    for name, zh, en, patches, expected in (
        (
            "unsigned-accepted",
            "未签名的请求也受理。",
            "Calls without a signature are let in.",
            (Patch(f"{_GATE}:Gate.check", _unsigned),),
            ("*test_gateway*",),
        ),
        (
            "wrong-secret-accepted",
            "不核对签名。",
            "Signatures made with another secret are let in.",
            (Patch(f"{_SCHEME}.matches", _yes),),
            ("*test_gateway*",),
        ),
        (
            "stale-time-accepted",
            "不检查签名时间。",
            "Calls signed long ago are let in.",
            (Patch(f"{_SCHEME}.in_time", _yes),),
            ("*test_gateway*",),
        ),
        (
            "replayed-nonce-accepted",
            "随机串可重复使用。",
            "A nonce that was used already is let in.",
            (Patch(f"{_GATE}:Nonces.takes", _none),),
            ("*test_gateway*",),
        ),
        (
            "speaks-for-others",
            "一方可以另一方的名义发送报文。",
            "One party may speak in the name of another.",
            (Patch("simulator.sandbox.parties:Directory.oversteps", _none),),
            ("*test_gateway*",),
        ),
        (
            "turned-away-with-200",
            "网关拒绝时HTTP状态为200。",
            "What the gateway turns away has HTTP status 200.",
            (Patch("simulator.sandbox.front:Front.admit", _as_200),),
            ("*test_gateway*",),
        ),
        (
            "schema-unchecked",
            "不检查请求格式。",
            "Requests that are not as their schema says are carried out.",
            (Patch("simulator.sandbox.judging:judge", _unjudged),),
            ("*test_hostile*", "*test_form*"),
        ),
    )
)
