"""Sets a bench up: from a configuration to the parties it plays, the wire, and the listener that the target calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import schemas
from conformance.bench import Bench
from conformance.dry import Dry, DryPlatform
from conformance.evidence import Chain
from conformance.hospital.bench import HospitalBench
from conformance.setting import Setting
from conformance.upstream import Upstream
from conformance.wire import Live, Recorded
from simulator.inputs.callers import read_parties
from simulator.inputs.errors import InputError
from simulator.inputs.hooks import hook
from simulator.inputs.platforms import Ground
from simulator.inputs.subjects import DATA_HOOKS, Subject
from simulator.sandbox.clock import machine
from simulator.sandbox.gate import Gate
from simulator.sandbox.links import Peer
from simulator.sandbox.parties import HOSPITAL, PROVINCE, Directory, Party
from simulator.sandbox.peers import surroundings
from simulator.sandbox.roles import Role

_NOWHERE = "http://bench.invalid"
_VISITORS = ("320100", "320300")  # the other city: the first that is not the one under test


class Around(NamedTuple):
    """Who is around a target: those who call it, by code, what it signs with itself, and who is above it."""

    parties: Mapping[str, Party]
    own: Party
    above: Party


def around(subject: Subject, ground: Ground) -> Around:
    """Return who is around a system; raises InputError and UsageError for parties that cannot be."""
    rows = read_parties(subject.parties) if subject.parties else ()
    below = below_of(subject, ground)
    role = Role(PROVINCE) if below else Role(subject.role, subject.code)
    cities = [f"{code}={_NOWHERE}" for code in below]
    placed = surroundings(role, ground, subject.seed, rows=rows, upstream=_NOWHERE, cities=cities)
    parties = {party.code: party for party in placed.parties}
    if subject.role == HOSPITAL:  # which nobody calls
        return Around(parties, placed.own, role.upstream(ground, subject.seed))
    above = next(party for party in placed.parties if party.role == PROVINCE)
    return Around(parties, placed.own, above)


def below_of(subject: Subject, ground: Ground) -> tuple[str, ...]:
    """Return the cities below a province under test; below a city there is none."""
    return tuple(filter(ground.network.is_own, ground.network.national.cities)) if subject.role == PROVINCE else ()


def addresses_of(subject: Subject, ground: Ground, listener: str) -> Mapping[str, str]:
    """Return where a system under test calls us as whom, by code, with our listener at an address.

    A city calls nobody but the platform above, at the address itself; what a province calls stands under its code.
    """
    below, above = below_of(subject, ground), around(subject, ground).above.code
    return {code: f"{listener}/{code}" for code in (*below, above)} if below else {above: listener}


def _called(subject: Subject, ground: Ground, above: str) -> Callable[[str], str]:
    """Return what tells whom a path is of, an empty text where it is of nobody."""
    below = below_of(subject, ground)
    if not below:
        return lambda path: above
    return lambda path: next((each for each in path.split("/") if each in {*below, above}), "")


def setting_of(subject: Subject, ground: Ground, seed: str) -> Setting:
    """Return what all cases of a run share."""
    who = around(subject, ground)

    def address(by: str, infno: str) -> str:
        url = subject.from_above if by == who.above.code else subject.url
        return Peer(subject.code, url, who.own).address(infno)

    return Setting(
        ground=ground,
        registry=schemas.load(),
        subject=subject.code,
        other=next(code for code in _VISITORS if code not in {subject.code, who.above.code}),
        seed=seed,
        party=lambda code: who.parties[code],
        address=address,
        seconds=subject.seconds,
        prefix=subject.prefix,
        above=who.above.code,
        role=subject.role,
        profile=subject.profile,
        **({"answer_seconds": subject.answer_seconds} if subject.answer_seconds else {}),
    )


class Standing:
    """A bench on the network: listening, and keeping evidence in a folder until it is closed.

    With ``dry``, a day, nobody is called and nothing listened for: a platform of our own stands for the target. Raises
    InputError where nothing can be listened for.
    """

    def __init__(
        self, subject: Subject, ground: Ground, seed: str, evidence: Path | Chain, *, dry: dt.date | None = None
    ) -> None:
        setting, who = setting_of(subject, ground, seed), around(subject, ground)
        self.chain = evidence if isinstance(evidence, Chain) else Chain(evidence)
        gate = Gate(Directory([who.own], ground.network.national))
        self.upstream: Upstream | None = None
        if dry is not None:
            expect_called(subject)
            callers = Gate(Directory(who.parties.values(), ground.network.national))
            city = DryPlatform(ground, subject.code, who.own, callers, dry)
            self.wire: Live = Dry(self.chain, city, dry)
            self.bench = Bench(setting, self.wire, gate, _called(subject, ground, who.above.code))
            city.heard = self.bench.heard
            return
        hooks = {name: hook(name, how) for name, how in subject.hooks.items()}
        if subject.by_hand:  # it knows them already
            hooks = dict.fromkeys(DATA_HOOKS, _nothing) | hooks
        self.wire = Live(self.chain, hooks, verify=subject.ca or True, clock=machine)
        self.bench = _bench(subject)(setting, self.wire, gate, _called(subject, ground, who.above.code))
        try:
            self.upstream = Upstream(subject.host, subject.port, self.bench.heard)
        except (OSError, OverflowError) as problem:
            self.chain.close()
            at, reason = f"{subject.host}:{subject.port}", getattr(problem, "strerror", None) or str(problem)
            cure = "choose another port, or end the process that has it"
            raise InputError(subject.file, "upstream", f"{at} cannot be listened at ({reason})", cure) from None

    def close(self) -> None:
        """Stop listening, and close the evidence."""
        if self.upstream is not None:
            self.upstream.close()
        self.chain.close()


def expect_called(subject: Subject) -> None:
    """Refuse a hospital where something is to stand for the target: it acts of its own accord. Raises InputError."""
    if subject.role == HOSPITAL:
        raise InputError(
            subject.file,
            "subject.role",
            "is hospital, which is given its people by the hook do and needs none beforehand",
            "run yidi certify",
        )


def _bench(subject: Subject) -> type[Bench]:
    return HospitalBench if subject.role == HOSPITAL else Bench


def _nothing(said: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"by_hand": len(said)}


def again(
    subject: Subject, ground: Ground, seed: str, recorded: Recorded, keys: Mapping[str, str] | None = None
) -> Bench:
    """Return a bench that stands on evidence; ``keys`` are the parties' by code, where secrets are not known."""
    setting, who = setting_of(subject, ground, seed), around(subject, ground)
    if keys is not None:
        setting = setting._replace(party=lambda code: who.parties[code]._replace(key_id=keys[code]))
    called = _called(subject, ground, who.above.code)
    return _bench(subject)(setting, recorded, Gate(Directory([who.own], ground.network.national)), called)
