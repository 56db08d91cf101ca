"""Who pays what of a stay: a small table of the figures of `jiangsu-2023`, and the order of the funds.

Written from docs/explanation/money-rules.md and docs/reference/policy-packs.md. Amounts are whole fen.
"""

from decimal import ROUND_HALF_UP, Decimal

DEDUCTIBLE = {"tertiary": 80_000, "secondary": 50_000, "primary": 20_000}
REPEAT = ("1", "0.5", "0")  # share of the deductible for the first, second and later stays of a year
RATIO = {
    "310": {"tertiary": "0.87", "secondary": "0.91", "primary": "0.95"},
    "390": {"tertiary": "0.65", "secondary": "0.75", "primary": "0.85"},
}
RETIRED = {"tertiary": "0.04", "secondary": "0.03", "primary": "0.03"}
CUT = {"referral": "0.05", "other_temporary": "0.2", "": "0.2"}  # by filing, "" for none; long-term and emergency: none
CAP = {"310": 30_000_000, "390": 25_000_000}
LARGE_RATIO, LARGE_CAP = "0.9", 30_000_000
ILLNESS = {  # residents, of the year's burden: from, to, ratio
    False: ((1_500_000, 5_000_000, "0.6"), (5_000_000, 10_000_000, "0.7"), (10_000_000, None, "0.8")),
    True: ((750_000, 5_000_000, "0.65"), (5_000_000, 10_000_000, "0.75"), (10_000_000, None, "0.85")),
}
CIVIL_SERVANT, ENTERPRISE, AID_RATIO, AID_CAP = "0.5", "0.2", "0.7", 5_000_000
NOTHING = {"stays": 0, "hifp_pay": 0, "burden": 0, "hifmi_pay": 0, "hifob_pay": 0, "maf_pay": 0}
CLASSES = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")


def fen(yuan):
    """Return an amount in yuan as fen, halves away from zero."""
    return int((Decimal(yuan) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def share(amount, ratio):
    """Return a share of an amount in fen, halves away from zero."""
    return int((amount * Decimal(ratio)).quantize(Decimal(1), ROUND_HALF_UP))


def yuan(amount):
    """Return fen as an amount in yuan."""
    return Decimal(amount) / 100


def shares(person, year, classes, *, level, filing, account):
    """Return the shares of a stay by field name, in fen but for the ratio; ``filing`` is its type, "" for none."""
    kind, scope = person["insutype"], classes[3]
    deductible = min(scope, share(DEDUCTIBLE[level], REPEAT[min(year["stays"], 2)]))
    ratio = Decimal(RATIO[kind][level]) - Decimal(CUT.get(filing, 0))
    if kind == "310" and person["psn_type"].startswith("12"):
        ratio += Decimal(RETIRED[level])
    base, room = scope - deductible, CAP[kind] - year["hifp_pay"]
    basic = share(base, ratio)
    large = 0
    if basic > room:
        beyond = base - int((room / ratio).quantize(Decimal(1), ROUND_HALF_UP))
        basic = room
        if kind == "310":
            large = min(share(beyond, LARGE_RATIO), LARGE_CAP - year["hifob_pay"])
    burden, illness = scope - basic - large, 0
    if kind == "390":
        bands = ILLNESS["poor" in person["identities"]]
        before, after = year["burden"], year["burden"] + burden
        illness = sum(share(max(0, min(after, to or after) - max(before, low)), part) for low, to, part in bands)
    left = burden - illness
    civil = share(left, CIVIL_SERVANT) if "civil_servant" in person["identities"] and kind == "310" else 0
    firm = share(left - civil, ENTERPRISE) if "enterprise" in person["identities"] and kind == "310" else 0
    aid = 0
    if "poor" in person["identities"]:
        aid = min(share(left - civil - firm, AID_RATIO), AID_CAP - year["maf_pay"])
    funds = basic + large + illness + civil + firm + aid
    part = sum(classes) - funds
    from_account = min(person["balance"], part) if account and kind == "310" else 0
    return {
        "medfee_sumamt": sum(classes),
        **dict(zip(CLASSES, classes, strict=True)),
        "act_pay_dedc": deductible,
        "hifp_pay": basic,
        "cvlserv_pay": civil,
        "hifes_pay": firm,
        "hifmi_pay": illness,
        "hifob_pay": large,
        "maf_pay": aid,
        "oth_pay": 0,
        "fund_pay_sumamt": funds,
        "psn_part_amt": part,
        "acct_pay": from_account,
        "psn_cash_pay": part - from_account,
        "hosp_part_amt": 0,
        "acct_mulaid_pay": 0,
    }, ratio if base else 0


FUNDS = {
    "hifp_pay": {"310": "310100", "390": "390100"},
    "hifob_pay": {"310": "330100"},
    "hifmi_pay": {"390": "390200"},
    "cvlserv_pay": {"310": "320100"},
    "hifes_pay": {"310": "370100"},
    "maf_pay": {"310": "610100", "390": "610100"},
}


def counted(year, paid, sign):
    """Return the year's accumulators after a settlement (``sign`` 1) or its cancellation (-1)."""
    change = {name: paid[name] for name in ("hifp_pay", "hifmi_pay", "hifob_pay", "maf_pay")}
    change |= {"stays": 1, "burden": paid["inscp_scp_amt"] - paid["hifp_pay"] - paid["hifob_pay"]}
    return {name: year[name] + sign * change[name] for name in year}
