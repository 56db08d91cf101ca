"""How filings are worded: the codes of the published tables, and each block read back as it was written."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

import pytest

import schemas
from simulator.core.filing import words
from simulator.core.filing.filing import Filing, Referral
from simulator.core.filing.types import CHANNEL_CODES, REASON_CODES, TYPE_CODES
from simulator.core.values.people import Person

D, T = dt.date, dt.datetime
PERSON = Person("P1", "990000196203140019", "试例甲", "1", D(1962, 3, 14), "310", "11", "320399", 50_000)
REFERRAL = Referral("H32039900001", "徐州医院", D(2023, 3, 1), diag_code="J18.900", diag_name="肺炎")
FILING = Filing(
    "P1",
    "referral",
    "320399",
    "320124",
    D(2023, 3, 1),
    D(2023, 8, 31),
    sn="BA1",
    channel="hospital_end",
    proofs=1,
    trips=2,
    filed_at=T(2023, 3, 1, 8, 0),
    approved_at=T(2023, 3, 1, 9, 0),
    updated_at=T(2023, 3, 1, 9, 30),
    referral=REFERRAL,
)


@pytest.mark.parametrize(
    ("table", "codes"), [("out_fil_type", TYPE_CODES), ("fil_chnl", CHANNEL_CODES), ("fil_canc_rea", REASON_CODES)]
)
def test_every_code_of_the_published_tables_has_a_name_here(table: str, codes: dict[str, str]) -> None:
    assert sorted(codes.values()) == sorted(schemas.load().tables[table].labels)


def test_an_upload_is_read_back_as_it_was_written(bureau: Any) -> None:
    registry = bureau().desk.registry
    data = MappingProxyType(words.upload(registry, FILING, PERSON))
    assert words.person_in(data) == PERSON._replace(balance=0)  # the account is not told
    assert words.filing_in(data, T(2023, 3, 1, 9, 30)) == FILING
    assert (data["insuplc_admdvs"], data["insu_admdvs"], data["rloc_admdvs"]) == ("320300", "320399", "320124")
    assert (data["out_fil_type"], data["out_onln_way"], data["fil_chnl"], data["memo"]) == ("21", "1", "5", "")


def test_a_hospital_that_is_named_stands_in_the_memo_and_its_area_where_an_area_belongs(bureau: Any) -> None:
    registry = bureau().desk.registry
    data = words.upload(registry, FILING._replace(target="H32012400001"), PERSON)
    assert (data["rloc_admdvs"], data["memo"]) == ("320124", "H32012400001")


def test_a_filing_told_as_a_fact_is_dated_by_its_first_day(bureau: Any) -> None:
    registry = bureau().desk.registry
    told = Filing("P1", "long_term_work", "320399", "220100", D(2023, 3, 1), None, sn="BA1")
    data = words.upload(registry, told, PERSON)
    assert (data["dcla_time"], data["opt_time"]) == ("2023-03-01 00:00:00", "2023-03-01 00:00:00")
    assert (data["enddate"], data["trafout_fixmedins_code"], data["refl_date"]) == ("", "", "")
    assert data["out_onln_way"] == "2"
    assert words.filing_in(data, T(2023, 3, 1)).referral is None


def test_a_referral_without_particulars_is_listed_with_its_city(bureau: Any) -> None:
    registry = bureau().desk.registry
    told = Filing("P1", "referral", "320399", "320100", D(2023, 3, 1), D(2023, 8, 31), sn="BA1")
    row = words.referral_row(registry, told, PERSON)
    assert (row["reflin_medins_name"], row["refl_date"], row["refl_rea"]) == ("南京", "2023-03-01", "转诊")
    assert words.referral_row(registry, told._replace(target="220000"), PERSON)["reflin_medins_name"] == "220000"


@pytest.mark.parametrize(
    ("target", "kind"), [("320381", "1"), ("320300", "1"), ("320599", "2"), ("220199", "3"), ("220000", "3")]
)
def test_a_referral_goes_within_the_city_to_another_or_to_another_province(bureau: Any, target: str, kind: str) -> None:
    assert words.referral_type(bureau().desk.registry, "320399", target) == kind


def test_a_copy_agrees_when_person_type_place_days_and_validity_do(bureau: Any) -> None:
    registry = bureau().desk.registry
    row = words.copy_row(registry, FILING, PERSON, 1)
    assert words.validity_in(row) == words.validity(registry, FILING)
    for changed in (
        FILING._replace(filing_type="other_temporary"),
        FILING._replace(target="320199"),
        FILING._replace(end=None),
        FILING._replace(ended=D(2023, 5, 1)),
    ):
        assert words.validity_in(row) != words.validity(registry, changed)
    assert words.validity_in(row) == words.validity(registry, FILING._replace(version=7))
