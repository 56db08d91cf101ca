"""What Schemathesis must be told of this interface: how a call is signed, and how one is refused.

Three calls in four are signed, with the head a ready-made hospital would send, so that they come past the gateway and
its own-party check; the rest are what was generated.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode


def _gateways() -> Any:
    """Return the module of signatures: it needs nothing, the package around it what is not installed here."""
    place = Path(__file__).parents[1] / "simulator" / "inputs" / "gateways.py"
    spec = spec_from_file_location("gateways", place)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCHEMES = _gateways().SCHEMES
PARTY = json.loads(os.environ["YIDI_FUZZ_PARTY"])
CHANCE = random.Random(20240506)
AS_GENERATED = 0.25
SIGNATURE = ("x-tif-", "_api_")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Sign a call, and say that it comes from the hospital whose key that is."""
    if CHANCE.random() < AS_GENERATED:
        return
    code, body = PARTY["fixmedins_code"], case.body
    if isinstance(body, dict) and isinstance(body.get("msgid"), str) and len(body["msgid"]) == 30:
        stamp = time.strftime("%Y%m%d%H%M%S")
        own = {"fixmedins_code": code, "mdtrtarea_admvs": PARTY["admdvs"], "sign_no": PARTY["sign_no"]}
        case.body = {**body, **own, "msgid": f"{code}{stamp}{CHANCE.randrange(10_000):04d}"}
    kept = {name: value for name, value in (case.headers or {}).items() if not name.lower().startswith(SIGNATURE)}
    number = case.operation.path.rpartition("/")[2]
    scheme = SCHEMES[PARTY["scheme"]]
    signed = scheme.headers(PARTY["key_id"], PARTY["secret"], number, time.time(), secrets.token_hex(16))
    case.headers = {**kept, **signed}


@schemathesis.check
def refused_by_infcode(context: Any, response: Any, case: Any) -> None:
    """HTTP 200 bears an ``infcode`` or, of 9102, a file; a body that breaks its schema never gets 0."""
    if response.status_code != 200 or case.method.upper() != "POST":
        return
    if "octet-stream" in str(response.headers.get("content-type")):
        assert case.operation.path.endswith("/9102"), "only 9102 answers with a file"
        assert response.content.startswith(b"PK"), "the file is no ZIP"
        infcode = 0
    else:
        infcode = response.json()["infcode"]
    assert isinstance(infcode, int), "infcode is no integer"
    body = case.meta and case.meta.components.get("body")
    if body is not None and getattr(body, "mode", None) == GenerationMode.NEGATIVE:
        assert infcode != 0, "a body that breaks its schema was taken"
