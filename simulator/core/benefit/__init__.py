"""From a bill to who pays what: lines, rules, shares, settlement rows, receipts."""
