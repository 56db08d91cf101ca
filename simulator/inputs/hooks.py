"""Hooks: what a system under test can be asked to do besides its interface, by an address or a command.

Either gets one JSON object, an address as the body of a POST to it, a command on its standard input, and tells one
JSON object, or nothing.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

import requests

from simulator.core.filing.filing import Filing
from simulator.core.values.money import yuan
from simulator.core.values.people import Person

Hook = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_SECONDS = 120.0
_SAID = 300  # characters of what a hook that failed has said


class HookFailed(Exception):
    """A hook that did not do what it was asked to: the environment is at fault, not what is tested."""


class NotOffered(KeyError):
    """A hook that the system under test does not offer: ``args`` holds its name."""


def hook(name: str, how: str | tuple[str, ...]) -> Hook:
    """Return a hook to be called."""
    return (lambda said: _posted(name, how, said)) if isinstance(how, str) else (lambda said: _run(name, how, said))


def _posted(name: str, url: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        reply = requests.post(url, json=said, timeout=_SECONDS)
    except requests.RequestException as problem:
        raise HookFailed(f"hook {name}: {url} cannot be called: {problem}") from problem
    if reply.status_code != requests.codes.ok:
        raise HookFailed(f"hook {name}: {url} answered HTTP {reply.status_code}: {reply.text[:_SAID]}")
    return _told(name, reply.text)


def _run(name: str, line: tuple[str, ...], said: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        done = subprocess.run(
            line, input=json.dumps(said), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise HookFailed(f"hook {name}: {line[0]} cannot be run: {problem}") from problem
    if done.returncode:
        raise HookFailed(f"hook {name}: {line[0]} ended with {done.returncode}: {done.stderr[-_SAID:]}")
    return _told(name, done.stdout)


def _told(name: str, text: str) -> Mapping[str, Any]:
    if not text.strip():
        return {}
    try:
        told = json.loads(text)
    except ValueError as problem:
        raise HookFailed(f"hook {name}: told no JSON: {text[:_SAID]}") from problem
    return told if isinstance(told, dict) else {"told": told}


def told_person(person: Person) -> dict[str, Any]:
    """Return a person as the hook ``load_people`` tells of one; amounts in yuan as text."""
    row = {**person._asdict(), "born": person.born.isoformat(), "balance": yuan(person.balance)}
    return row | {"identities": list(person.identities)}


def told_filing(filing: Filing) -> dict[str, Any]:
    """Return a filing as the hook ``load_filings`` tells of one."""
    row = {name: getattr(filing, name) for name in ("sn", "psn_no", "filing_type", "insured_area", "target")}
    end = None if filing.end is None else filing.end.isoformat()
    return {**row, "begin": filing.begin.isoformat(), "end": end}
