"""Runs Schemathesis against a sandbox by the OpenAPI document it serves: `make fuzz`, ten minutes by default.

    python -m benchmarks.fuzz [SECONDS]

Schemathesis has an environment of its own, made on the first run, so that none of what it needs is a dependency here.
Which checks run and which do not, and why, stands in docs/how-to/operate.md.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path
from typing import Any

import schemas
from simulator.core.network.hospital import Desk
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.networks import load_network
from simulator.inputs.wire import Wire
from simulator.sandbox.clock import machine

ROOT = Path(__file__).parents[1]
VERSION = "schemathesis==4.32.5"
PLACE = ROOT / "out" / "fuzz"
LEFT_OUT = (
    "negative_data_rejection",  # a refusal is HTTP 200 with an infcode: the check refused_by_infcode looks at that
    "positive_data_acceptance",  # a message that fits its schema may well be refused: nobody is admitted yet
    "use_after_free",  # nothing is made and deleted at addresses
    "ensure_resource_availability",  # likewise
)


def environment() -> Path:
    """Return the folder of programs of an environment with Schemathesis."""
    made = PLACE / VERSION.replace("==", "-")
    if not (made / ".ready").exists():
        venv.create(made, with_pip=True, clear=True)
        subprocess.run([made / "bin" / "python", "-m", "pip", "install", "--quiet", VERSION], check=True)
        (made / ".ready").touch()
    return made / "bin"


def signed_in(ready: dict[str, Any]) -> str:
    """Sign the ready-made hospital in; return the number it must bear."""
    party, wire = ready["parties"][0], Wire(schemas.load())
    asked = Desk(load_network("jiangsu").national.institutions[party["fixmedins_code"]], "320100").sign_in(machine())
    scheme = SCHEMES[party["scheme"]]
    headers = scheme.headers(party["key_id"], party["secret"], "9001", time.time(), secrets.token_hex(16))
    call = urllib.request.Request(f"{ready['url']}/9001", wire.encode(asked), headers)
    with urllib.request.urlopen(call) as answer:
        return str(json.loads(answer.read())["output"]["signinoutb"]["sign_no"])


def main(seconds: int) -> int:
    """Serve, fuzz, and return the exit code of Schemathesis; 1 as well where the server did not end in good order."""
    programs = environment()
    with tempfile.TemporaryDirectory() as folder:
        serve = [sys.executable, "yidi.py", "serve", "--json", "--port", "0", "--db", f"{folder}/yidi.db"]
        server = subprocess.Popen(
            [*serve, "--log", str(PLACE / "yidi.log")], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        party = {**ready["parties"][0], "sign_no": signed_in(ready)}
        run = ["run", f"{ready['url']}/openapi.json", "--checks", "all", "--exclude-checks", ",".join(LEFT_OUT)]
        how = ["--max-time", str(seconds), "--max-response-time", "5", "--continue-on-failure", "--seed", "20240506"]
        told = {
            "SCHEMATHESIS_HOOKS": "benchmarks.fuzz_hooks",
            "PYTHONPATH": str(ROOT),
            "YIDI_FUZZ_PARTY": json.dumps(party),
        }
        code = subprocess.run(
            [programs / "st", *run, *how], cwd=ROOT, env={**os.environ, **told}, check=False
        ).returncode
        server.terminate()
        return code or int(server.wait(30) != 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 600))
