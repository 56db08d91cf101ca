"""What a journal was made with: it is read again only by platforms that stand on the same ground.

The rules decide; facts decided by other rules, or about other places, would not fit the platforms that fold them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping

from simulator.inputs.platforms import Ground
from simulator.sandbox.journal import Store, Unfit
from simulator.sandbox.roles import EVERYTHING, Role

START = "start"
_NAMES = ("pack", "network", "catalogue")
_ZH = {"pack": "政策包", "network": "网络", "catalogue": "目录", "role": "角色", "waits": "等待时间"}


def described(ground: Ground, start: dt.date, role: Role = EVERYTHING) -> dict[str, str]:
    """Return a configuration as texts by name: pack, network and catalogue with digests, the first day, the role."""
    catalogues = repr((ground.catalogue, ground.beyond_catalogue)).encode()
    return {
        "pack": ground.pack.id,
        "pack_sha256": ground.pack.digest,
        "network": ground.network.id,
        "network_sha256": ground.network.digest,
        "catalogue": ground.catalogue.version,
        "catalogue_sha256": hashlib.sha256(catalogues).hexdigest(),
        START: start.isoformat(),
        **role.said(),
    }


def first_day(known: Mapping[str, str]) -> dt.date:
    """Return the first day of a journal that is described; raises Unfit for one that is not."""
    if START not in known:
        raise Unfit(
            "日志没有说明它依据什么建立：还没有服务开始过它",
            "the journal does not say what it was made with: no server has begun it",
        )
    return dt.date.fromisoformat(known[START])


def settled_start(store: Store, ground: Ground, today: dt.date, role: Role = EVERYTHING) -> dt.date:
    """Return the first day of a journal: that it was made on, or ``today`` for a new one, which is then described.

    Raises Unfit for a journal that was made with another configuration, and CannotWrite.
    """
    known = store.meta()
    if START not in known:
        store.set_meta(described(ground, today, role))
        return today
    start = first_day(known)
    expect(known, described(ground, start, role))
    return start


def expect(known: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Raise Unfit where a journal was made with something else than ``wanted``."""
    for name, usual in EVERYTHING.said().items():
        there, here = (each or "(none)" for each in (known.get(name, usual), wanted[name]))
        if there != here:
            raise _other(name, there, here)
    for name in _NAMES:
        there, here = known.get(name, ""), wanted[name]
        if there != here:
            raise _other(name, there, here)
        digests = known.get(f"{name}_sha256", ""), wanted[f"{name}_sha256"]
        if digests[0] != digests[1]:
            raise Unfit(
                f"日志建立时{_ZH[name]}{there}的内容不同（{digests[0][:12]}，现为{digests[1][:12]}）："
                "请用建立它时的那一份，或另选 --db",
                f"the journal was made with another text of {name} {there} ({digests[0][:12]}, now {digests[1][:12]}):"
                " use the one it was made with, or another --db",
            )


def _other(name: str, there: str, here: str) -> Unfit:
    return Unfit(
        f"日志建立时的{_ZH[name]}为{there}，不是{here}：请选用它，或另选 --db",
        f"the journal was made with {name} {there}, not {here}: choose it, or another --db",
    )
