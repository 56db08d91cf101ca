"""What a field is, is read from the schema files and the dictionary."""

from __future__ import annotations

import pytest

import schemas
from schemas import reading


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("2304.request.data.psn_no", ("string", 30, None, None, True)),
        ("2304.request.data.medfee_sumamt", ("amount", 16, 2, None, True)),
        ("2304.request.data.insutype", ("string", 5, None, "insutype", True)),
        ("2304.request.data.acct_used_flag", ("string", 1, None, "acct_used_flag", False)),
        ("2304.request.data.certno", ("string", 20, None, None, False)),
        ("2304.request.data.dscgTime", ("date", 10, None, None, False)),
        ("2301.request.feedetail.cnt", ("quantity", 16, 4, None, True)),
        ("2301.request.feedetail.pric", ("price", 16, 6, None, True)),
        ("2301.request.feedetail.feedetl_sn", ("integer", 15, 0, None, True)),
        ("2301.response.result.selfpay_prop", ("ratio", 5, 4, None, False)),
        ("1101.response.baseinfo.age", ("age", 4, 1, None, True)),
        ("1101.response.baseinfo.naty", ("string", 2, None, "naty", False)),
        ("4101.request.setlinfo.nwb_bir_wt", ("number", 6, 2, None, False)),
        ("1901.response.list.sort", ("integer", 16, 0, None, True)),
        ("1101.response.idetinfo.emp_name", ("free", None, None, None, False)),
        ("2305.response.setlinfo.hifdm_pay", ("amount", 16, 2, None, False)),
        ("3201.request.data.fixmedins_setl_cnt", ("integer", 10, 0, None, True)),
        ("9001.response.signinoutb.sign_time", ("datetime", 19, None, None, True)),
    ],
)  # fmt: skip
def test_a_field_is_what_the_standard_says(registry: schemas.Registry, place: str, expected: tuple[object, ...]):
    """Kind, length, decimals, code table, required."""
    infno, way, block, name = place.split(".")
    field = registry.body(infno, way).blocks[block].fields[name]  # type: ignore[arg-type]
    assert (field.kind, field.length, field.decimals, field.code, field.required) == expected


def test_a_field_bears_its_names_sources_and_note(registry: schemas.Registry):
    field = registry.body("2304", "request").blocks["data"].fields["certno"]
    assert (field.zh, field.en, field.sources) == ("证件号码", "identity document number", "H")
    assert "Hunan" in field.note.en
    assert "湖南" in field.note.zh
    assert field.personal
    assert registry.body("2305", "response").blocks["setlinfo"].fields["gend"].uncertain


def test_the_head_has_its_fields(registry: schemas.Registry):
    head = registry.head("request")
    assert list(head)[:3] == ["infno", "msgid", "mdtrtarea_admvs"]
    assert head["fixmedins_name"].length == 200
    assert [
        name for name in ("enc_type", "sender_admdvs", "recer_admvs", "pay_loc", "oinfno") if head[name].required
    ] == []
    assert registry.head("response")["infcode"].kind == "integer"


def test_a_list_knows_its_bounds(registry: schemas.Registry):
    block = registry.body("2301", "request").blocks["feedetail"]
    assert (block.list, block.least, block.most, block.required) == (True, 1, 100, True)
    assert registry.body("2304", "response").blocks["setlinfo"].list is False
    assert registry.body("2402", "response").blocks == {}


def test_a_body_may_hold_fields_itself_and_rows_may_hold_rows(registry: schemas.Registry):
    assert registry.body("1301", "response").fields["file_qury_no"].required
    visits = registry.body("3101", "request").blocks["data"].blocks["patient_dtos"].blocks["fsi_encounter_dtos"]
    assert visits.list
    assert visits.blocks["fsi_order_dtos"].fields["cnt"].decimals == 2


def test_titles_are_chinese_and_descriptions_english(registry: schemas.Registry):
    schema = registry.schema("2301", "request")
    rows = schema["properties"]["input"]["properties"]["feedetail"]
    assert rows["title"] == "费用明细"
    assert rows["items"]["properties"]["cnt"]["description"] == "quantity"
    assert rows["items"]["properties"]["cnt"]["title"] == "数量"


def test_an_unknown_version_is_refused_by_name():
    with pytest.raises(schemas.SchemaError, match="v1") as caught:
        reading.read_files("v999")
    assert "v999" in caught.value.zh
