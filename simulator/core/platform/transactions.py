"""Which transactions go where."""

from __future__ import annotations

# Between hospital and its own city only.
LOCAL = frozenset(
    {"9001", "9002", "3201", "3202", "9101", "9102", "3301", "3302", "1301", "1302", "1303", "1305", "1306", "1307"}
    | {"3203", "3204", "3260", "3261", "3262"}
    | {"1308", "1312", "1316", "1317", "1318", "1319", "1901", "3101", "3102", "3103"}
)
# What institutions file for a person, and ask about it: answered by the filing desk of the city of insurance.
FILING = frozenset({"2501", "2502", "2503", "2504", "2505", "2506", "2507", "5301", "5302", "5304"})
# Passed on from city to city, through the province.
FORWARDED = FILING | frozenset(
    {"1101", "2001", "2301", "2302", "2303", "2304", "2305", "2401", "2402", "2404", "2405", "2601", "5203"}
)
# May be reversed by 2601.
REVERSIBLE = frozenset({"2304", "2305", "2401"})
