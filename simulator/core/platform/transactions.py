"""Which transactions go where."""

from __future__ import annotations

# Between hospital and its own city only.
LOCAL = frozenset({"9001", "9002", "3201", "3202"})
# Passed on from city to city, through the province.
FORWARDED = frozenset(
    {"1101", "2001", "2301", "2302", "2303", "2304", "2305", "2401", "2402", "2404", "2405", "2601", "5203"}
)
# May be reversed by 2601.
REVERSIBLE = frozenset({"2304", "2305", "2401"})
