"""Which transactions go where."""

from __future__ import annotations

from simulator.core.visits.lifecycle import KIND_OF, REVERSIBLE

# Between hospital and its own city only.
LOCAL = frozenset(
    {"9001", "9002", "3201", "3202", "9101", "9102", "3301", "3302", "1301", "1302", "1303", "1305", "1306", "1307"}
    | {"3203", "3204", "3260", "3261", "3262"}
    | {"1308", "1312", "1316", "1317", "1318", "1319", "1901", "3101", "3102", "3103", "5204"}
)
# What institutions file for a person, and ask about it: answered by the filing desk of the city of insurance.
FILING = frozenset({"2501", "2502", "2503", "2504", "2505", "2506", "2507", "5301", "5302", "5304"})
# Queries about visits and settlements that the city of insurance answers.
QUERIES = frozenset({"5201", "5202", "5203", "5206", "5303"})
# Passed on from city to city, through the province: with them whatever the life cycle of a visit knows.
FORWARDED = frozenset({"1101", "2001", "2601"}) | FILING | QUERIES | frozenset(KIND_OF)

__all__ = ["FILING", "FORWARDED", "LOCAL", "QUERIES", "REVERSIBLE"]
