"""The field extension (字段扩展, ``exp_content``): a JSON text with what the interface has no field for.

Care across regions puts its flags there (P75-08, P75-38), and the treatment city the four class totals where the
message has no fields for them. Numbers stay the text they are, so that nothing is rounded on the way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from simulator.core.benefit.bill import TOTAL_FIELDS, ClassTotals
from simulator.core.platform.message import Block
from simulator.core.values.money import FEN_PER_YUAN, yuan

_YUAN = re.compile(r"(-?)([0-9]{1,14})(?:\.([0-9]{1,2}))?")
NO_THIRD_PARTY, THIRD_PARTY_LIABLE = "0", "1"  # REL_TTP_FLAG
_EMERGENCY_STAY, _EMERGENCY_VISIT = "2", frozenset({"1", "3"})


class Flags(NamedTuple):
    """What a visit's extension says: an emergency (急诊), an injury (外伤), and whether a third party is involved.

    ``third_party`` is ``REL_TTP_FLAG``: ``1`` involved, ``0`` the pledge that none is (无第三方责任承诺), or empty; any
    other text is neither.
    """

    emergency: bool = False
    trauma: bool = False
    third_party: str = ""


NO_FLAGS = Flags()


def read(text: str) -> Mapping[str, Any]:
    """Return the fields of an extension; none for a text that is not a JSON object."""
    try:
        found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def flags_of(block: Block) -> Flags:
    """Return the flags in the extension of a block; an emergency is said of a stay or of a visit (P75-08)."""
    text = block.get("exp_content")
    if not text:
        return NO_FLAGS
    said = read(text)
    emergency = said.get("IPT_TYPE") == _EMERGENCY_STAY or said.get("OTP_ER_REFL_FLAG") in _EMERGENCY_VISIT
    return Flags(emergency, said.get("TRUM_FLAG") == "1", str(said.get("REL_TTP_FLAG", "")))


def totals_in(text: str) -> ClassTotals | None:
    """Return the class totals an extension carries, in fen; None where it has not all four."""
    said = read(text)
    found = [_fen(said.get(field)) for field in TOTAL_FIELDS]
    return ClassTotals(*(each for each in found if each is not None)) if None not in found else None


def with_totals(text: str, totals: ClassTotals) -> str:
    """Return an extension with the class totals added, in yuan; what stood in it stays as it was written."""
    added = ", ".join(f'"{field}": "{yuan(amount)}"' for field, amount in zip(TOTAL_FIELDS, totals, strict=True))
    text = text.strip()
    if not text:
        return f"{{{added}}}"
    if not text.startswith("{"):
        return f'{{"exp_content": {json.dumps(text, ensure_ascii=False)}, {added}}}'
    inner = text[1:-1].strip()
    return f"{{{inner}, {added}}}" if inner else f"{{{added}}}"


def _fen(text: Any) -> int | None:
    matched = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if matched is None:
        return None
    sign, whole, rest = matched.groups()
    amount = int(whole) * FEN_PER_YUAN + int((rest or "").ljust(2, "0"))
    return -amount if sign else amount
