"""Money in is money out, to the fen, worked out from the tables alone."""

from __future__ import annotations

from typing import Any

import polars as pl

from simulator.world.clearing import OPENING_FEN

AMOUNT = pl.col("amount")


def total(frame: pl.DataFrame, column: str) -> int:
    return int(frame[column].sum())


def balance(run: Any, account: str, *, hospitals: bool | None = None) -> int:
    """The balance of an account over all organisations, or over hospitals or cities only."""
    ledger = run.table("ledger").filter(pl.col("account") == account)
    if hospitals is not None:
        ledger = ledger.filter(pl.col("org").str.starts_with("H") == hospitals)
    return total(ledger, "amount")


def cleared(frame: pl.DataFrame) -> int:
    return total(frame, "fund_pay_sumamt") + total(frame, "acct_pay")


def direct_rows(run: Any) -> pl.DataFrame:
    found: pl.DataFrame = run.table("settlements").filter(pl.col("kind") == "direct")
    return found


def manual_rows(run: Any) -> pl.DataFrame:
    found: pl.DataFrame = run.table("settlements").filter(pl.col("kind") == "manual")
    return found


def by_pair(ledger: pl.DataFrame, account: str, owner: str, other: str, *, sign: int) -> dict[tuple[str, str], int]:
    """The balances of an account between two sides, keyed alike whoever's books they are in; zeros left out."""
    summed = ledger.filter(pl.col("account") == account).group_by("org", "counterparty").agg(AMOUNT.sum() * sign)
    sides = {"org": owner, "counterparty": other}
    rows = summed.rename(sides).select("debtor", "creditor", "amount").rows()
    return {(debtor, creditor): amount for debtor, creditor, amount in rows if amount}


def paid_to_hospitals(run: Any) -> int:
    """What the institutions were paid, by their own books."""
    bank = run.table("ledger").filter((pl.col("account") == "bank") & pl.col("org").str.starts_with("H"))
    return total(bank, "amount")


def put_on_sheets(run: Any) -> int:
    """What the sheets have turned into debts through the province."""
    return sum(sheet.claimed for sheet in run.world.office.chronicle.sheets())


# --- double entry


def test_every_posting_balances_in_the_books_of_its_organisation(either: Any) -> None:
    sums = either.table("ledger").group_by("org", "ref").agg(AMOUNT.sum())
    assert sums.height > 200
    assert sums.filter(AMOUNT != 0).is_empty()


def test_what_a_city_owes_another_city_is_what_that_city_is_owed(either: Any) -> None:
    ledger = either.table("ledger")
    cities = ledger.filter(~pl.col("org").str.starts_with("H") & ~pl.col("counterparty").str.starts_with("H"))
    payables = by_pair(cities, "payable", "debtor", "creditor", sign=-1)
    receivables = by_pair(cities, "receivable", "creditor", "debtor", sign=1)
    assert payables == receivables
    assert len(payables) > 20
    assert all(amount > 0 and debtor != creditor for (debtor, creditor), amount in payables.items())


def test_what_a_city_owes_its_hospitals_is_what_they_are_owed(either: Any) -> None:
    ledger = either.table("ledger")
    from_city = ledger.filter(pl.col("counterparty").str.starts_with("H"))
    of_hospital = ledger.filter(pl.col("org").str.starts_with("H"))
    payables = by_pair(from_city, "payable", "debtor", "creditor", sign=-1)
    assert payables == by_pair(of_hospital, "receivable", "creditor", "debtor", sign=1)
    assert payables


# --- settlements against the ledger


def test_the_direct_settlements_are_what_cities_and_hospitals_are_owed(either: Any) -> None:
    owed, to_hospitals, on_sheets = cleared(direct_rows(either)), paid_to_hospitals(either), put_on_sheets(either)
    assert owed > to_hospitals > 0
    assert owed > on_sheets > 0
    assert owed == balance(either, "receivable", hospitals=False) + on_sheets
    assert owed == balance(either, "receivable", hospitals=True) + to_hospitals
    # to the other city, and to the own hospital
    assert 2 * owed == -balance(either, "payable", hospitals=False) + on_sheets + to_hospitals


def test_every_settlement_row_splits_its_bill_into_fund_account_and_cash(either: Any) -> None:
    rows = either.table("settlements")
    parts = pl.col("fund_pay_sumamt") + pl.col("acct_pay") + pl.col("psn_cash_pay") + pl.col("hosp_part_amt")
    funds = pl.sum_horizontal("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay")
    classes = pl.sum_horizontal("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
    wrong = rows.filter(
        (parts != pl.col("medfee_sumamt"))
        | (funds != pl.col("fund_pay_sumamt"))
        | (classes != pl.col("medfee_sumamt"))
        | (pl.col("acct_pay") + pl.col("psn_cash_pay") != pl.col("psn_part_amt"))
    )
    assert rows.height > 200
    assert wrong.is_empty()


def test_the_funds_spend_what_the_settlements_say_area_by_area(either: Any) -> None:
    spent = (
        either.table("ledger")
        .filter(pl.col("account").is_in(["benefit_expense", "account_liability"]))
        .group_by("area", "account")
        .agg(AMOUNT.sum())
        .filter(AMOUNT != 0)
    )
    said = (
        either.table("settlements")
        .group_by(area="insured_area")
        .agg(benefit_expense=pl.col("fund_pay_sumamt").sum(), account_liability=pl.col("acct_pay").sum())
        .unpivot(index="area", variable_name="account", value_name="amount")
        .filter(AMOUNT != 0)
    )
    columns = ["area", "account", "amount"]
    assert sorted(spent.select(columns).rows()) == sorted(said.select(columns).rows())


def test_what_leaves_the_banks_is_what_claims_on_paper_are_paid(either: Any) -> None:
    paid = manual_rows(either)
    assert paid.height > 100
    assert total(paid, "acct_pay") == 0
    assert -own_banks(either) == total(paid, "fund_pay_sumamt") > 0


def own_banks(run: Any) -> int:
    """What is on the accounts from which cities pay persons: those named by the area."""
    bank = run.table("ledger").filter((pl.col("account") == "bank") & (pl.col("counterparty") == pl.col("area")))
    return total(bank.filter(~pl.col("org").str.starts_with("H")), "amount")


def test_what_institutions_are_paid_is_what_the_cities_paid_them(either: Any) -> None:
    bank = either.table("ledger").filter((pl.col("account") == "bank") & pl.col("counterparty").str.ends_with("0002"))
    assert -total(bank, "amount") == paid_to_hospitals(either)


def test_what_the_fund_had_at_the_start_is_on_the_accounts_at_the_end(either: Any) -> None:
    """Clearing moves money between cities and leaves none on the way, but for what is still under way."""
    world = either.world
    accounts = [finance.treasury.account for finance in world.finances.values()]
    under_way = sum(
        finance.treasury.orders[order].amount
        for finance in world.finances.values()
        for order, state in finance.treasury.coming.items()
        if state == "announced"
    )
    assert sum(account.balance for account in accounts) + under_way == OPENING_FEN * len(world.cities)


def test_hospitals_earn_every_bill_and_get_it_from_funds_and_patients(either: Any) -> None:
    ended = either.table("stays").filter(pl.col("discharged_at").is_not_null())
    direct = direct_rows(either)
    in_full = total(ended.filter(pl.col("outcome") != "direct"), "bill")
    assert -balance(either, "revenue") == total(ended, "bill") == total(direct, "medfee_sumamt") + in_full
    assert balance(either, "cash") == total(direct, "psn_cash_pay") + in_full
    assert -balance(either, "revenue") == cleared(direct) + balance(either, "cash")


def test_all_money_in_is_all_money_out(either: Any) -> None:
    """What funds, accounts and patients give in the end is what hospitals earn."""
    ended = either.table("stays").filter(pl.col("discharged_at").is_not_null())
    from_funds = balance(either, "benefit_expense") + balance(either, "account_liability")
    back_to_patients = -own_banks(either)
    from_patients = balance(either, "cash") - back_to_patients
    assert from_funds + from_patients == total(ended, "bill")


# --- stays against settlements


def in_force(run: Any) -> pl.DataFrame:
    """The direct settlements that no later row cancels: settling rows less cancelling rows of each visit."""
    sign = pl.when(pl.col("refund")).then(-1).otherwise(1)
    counts = direct_rows(run).group_by("mdtrt_id").agg(standing=sign.sum())
    assert counts.filter(~pl.col("standing").is_in([0, 1])).is_empty()
    cancelled = direct_rows(run).filter(pl.col("refund"))["init_setl_id"]
    return direct_rows(run).filter(~pl.col("refund") & ~pl.col("setl_id").is_in(cancelled.implode()))


def test_every_direct_stay_has_exactly_one_settlement_in_force_and_it_says_the_same(either: Any) -> None:
    direct = either.table("stays").filter(pl.col("outcome") == "direct")
    standing = in_force(either)
    assert direct["setl_id"].is_unique().all()
    assert standing["mdtrt_id"].is_unique().all()
    assert set(direct["setl_id"]) == set(standing["setl_id"])
    joined = direct.join(standing, on="setl_id", validate="1:1", suffix="_row")
    for mine, theirs in (
        ("bill", "medfee_sumamt"),
        ("fund", "fund_pay_sumamt"),
        ("account", "acct_pay"),
        *((name, f"{name}_row") for name in ("hospital", "treatment_area", "treatment_city")),
        *((name, f"{name}_row") for name in ("insured_area", "insured_city")),
        ("level", "in_level"),
        ("psn_type", "in_psn_type"),
    ):
        assert joined[mine].to_list() == joined[theirs].to_list(), mine
    assert joined["advanced"].sum() == 0
    assert (joined["admitted_at"].dt.date() == joined["begin"]).all()
    assert (joined["discharged_at"].dt.date() == joined["end"]).all()


def test_every_paid_claim_has_exactly_one_manual_row_and_it_says_the_same(either: Any) -> None:
    stays = either.table("stays")
    paid = stays.filter((pl.col("outcome") == "manual") & pl.col("paid_at").is_not_null())
    rows = manual_rows(either)
    assert rows["refund"].sum() == 0
    assert sorted(paid["setl_id"]) == sorted(rows["setl_id"])
    joined = paid.join(rows, on="setl_id", validate="1:1", suffix="_row")
    assert joined["bill"].to_list() == joined["medfee_sumamt"].to_list() == joined["advanced"].to_list()
    assert joined["fund"].to_list() == joined["fund_pay_sumamt"].to_list()
    assert joined["paid_at"].to_list() == joined["at"].to_list()
    assert (joined["paid_at"] > joined["discharged_at"]).all()


def test_a_stay_not_settled_directly_was_advanced_in_full_and_an_open_one_not_at_all(either: Any) -> None:
    stays = either.table("stays")
    in_full = stays.filter(pl.col("outcome").is_in(["manual", "ncms"]))
    assert in_full["advanced"].to_list() == in_full["bill"].to_list()
    assert (in_full["bill"] > 0).all()
    still = stays.filter(pl.col("outcome") == "in_hospital")
    assert still["discharged_at"].is_null().all()
    assert still["bill"].sum() == still["advanced"].sum() == 0
    unpaid = stays.filter((pl.col("outcome") == "manual") & pl.col("paid_at").is_null())
    assert (unpaid["setl_id"] == "").all()
    assert unpaid["fund"].is_null().all()


# --- clearing and reconciliation against settlements


def test_the_clearing_table_is_the_sum_of_the_direct_settlements(either: Any) -> None:
    keys = ["month", "treatment_city", "insured_city", "insutype"]
    sign = pl.when(pl.col("refund")).then(-1).otherwise(1).cast(pl.Int64)
    said = (
        direct_rows(either)
        .with_columns(month=pl.col("at").dt.strftime("%Y-%m"), rows=sign)
        .group_by(keys)
        .agg(pl.col("rows").sum(), cleared=(pl.col("fund_pay_sumamt") + pl.col("acct_pay")).sum())
        .filter((pl.col("rows") != 0) | (pl.col("cleared") != 0))
    )
    columns = [*keys, "rows", "cleared"]
    table = either.table("clearing")
    assert sorted(table.select(columns).rows()) == sorted(said.select(columns).rows())
    assert (table["treatment_city"] != table["insured_city"]).all()


def test_every_months_sheet_sums_to_zero_and_says_what_the_table_says(either: Any) -> None:
    table = either.table("clearing")
    sheets = either.world.office.sheets
    assert [sheet.month for sheet in sheets] == [f"2016-{month:02d}" for month in range(5, 13)]
    for sheet in sheets:
        month = table.filter(pl.col("month") == sheet.month)
        together = [line for line in sheet.lines if line.insutype == "all"]
        assert len(together) == 13
        assert sum(line.difference for line in together) == 0
        for line in together:
            assert line.collects == total(month.filter(pl.col("treatment_city") == line.city), "cleared")
            assert line.pays == total(month.filter(pl.col("insured_city") == line.city), "cleared")


def test_the_reconciliation_table_is_the_direct_settlements_of_each_day_and_always_level(either: Any) -> None:
    sign = pl.when(pl.col("refund")).then(-1).otherwise(1).cast(pl.Int64)
    keys, sums = ["day", "treatment_city", "insured_city"], ["medfee", "fund", "account"]
    said = (
        direct_rows(either)
        .rename({"medfee_sumamt": "medfee", "fund_pay_sumamt": "fund", "acct_pay": "account"})
        .with_columns(day=pl.col("at").dt.date(), rows=sign)
        .group_by(keys)
        .agg(pl.col("rows", *sums).sum())
        .filter(pl.any_horizontal(pl.col("rows", *sums) != 0))
    )
    table = either.table("reconciliation")
    columns = [*keys, "rows", *sums]
    assert sorted(table.select(columns).rows()) == sorted(said.select(columns).rows())
    assert table["level"].all()
