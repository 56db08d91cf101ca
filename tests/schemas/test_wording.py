"""A finding is one clear sentence in each language, and keeps what is personal to itself."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

import schemas

REGISTRY = schemas.load("v1")


def finding(infno: str, way: schemas.Direction, *path_and_value: Any) -> schemas.Finding:
    *path, value = path_and_value
    entry = files("schemas") / "v1" / "examples" / f"{infno}.{way}.json"
    message: Any = json.loads(entry.read_text(encoding="utf-8"))
    parent = message
    for part in path[:-1]:
        parent = parent[part]
    if value is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    (found,) = REGISTRY.check_text(infno, way, json.dumps(message, ensure_ascii=False))
    return found


@pytest.mark.parametrize(
    ("path", "value", "zh", "en"),
    [
        (
            ("input", "data", "psn_no"), ...,
            "请求数据（data）缺少必填的人员编号（psn_no）；请补上1至30个字符的文本。",
            "psn_no (person number) is missing from data (request data); add it as a text of 1 to 30 characters.",
        ),
        (
            ("input", "data", "psn_n"), "x",
            "请求数据（data）中有接口未定义的字段 psn_n；请删除或改为 psn_no。",
            "data (request data) has a field psn_n that the interface does not define; "
            "remove it or rename it to psn_no.",
        ),
        (
            ("input", "data", "mdtrt_cert_type"), "09",
            "就诊凭证类型（mdtrt_cert_type）是“09”；"
            "应为就诊凭证类型代码表 mdtrt_cert_type 中的代码：01 医保电子凭证、02 居民身份证、03 社会保障卡。",
            'mdtrt_cert_type (visit credential type) is "09"; '
            'it must be a code of table mdtrt_cert_type: 01, 02, 03.',
        ),
        (
            ("input", "data", "medfee_sumamt"), 1.234,
            "医疗费总额（medfee_sumamt）是1.234，小数位过多；应为绝对值小于10^14、最多2位小数的数字。",
            "medfee_sumamt (total medical fee) is 1.234, which has too many decimals; "
            "it must be a number smaller than 10^14 with at most 2 decimals.",
        ),
        (
            ("input", "data", "dscgTime"), "2026-02-30",
            "出院时间（dscgTime）是不存在的日期2026-02-30；应为存在的日期，写作 yyyy-MM-dd，或空文本。",
            "dscgTime (discharge date) is 2026-02-30, a day that does not exist; "
            "it must be an existing date written yyyy-MM-dd, or an empty text.",
        ),
        (
            ("input", "data", "psn_setlway"), "０1",
            "个人结算方式（psn_setlway）含有全角数字；"
            "应为个人结算方式代码表 psn_setlway 中的代码：01 按项目结算、02 按定额结算。",
            "psn_setlway (settlement method for the person) has full-width digits; "
            "it must be a code of table psn_setlway: 01, 02.",
        ),
        (
            ("inf_time",), "2026-03-12T10:20:00",
            "交易时间（inf_time）有19个字符，写法不对；应为存在的时间，写作 yyyy-MM-dd HH:mm:ss。",
            "inf_time (transaction time) has 19 characters, in another form; "
            "it must be an existing time written yyyy-MM-dd HH:mm:ss.",
        ),
    ],
)  # fmt: skip
def test_a_sentence_says_what_was_found_and_what_is_expected(path, value, zh: str, en: str):
    found = finding("2304", "request", *path, value)
    assert (found.zh, found.en) == (zh, en)


def test_a_row_is_named_by_its_number():
    found = finding("2301", "request", "input", "feedetail", 1, "cnt", "x")
    assert found.en.startswith("cnt (quantity) in row 2 of feedetail is a text;")
    assert found.zh.startswith("第2行数量（cnt）是文本；")
    missing = finding("2301", "request", "input", "feedetail", 1, "cnt", ...)
    assert "is missing from row 2 of feedetail (fee lines);" in missing.en


def test_an_unknown_code_of_a_long_table_suggests_the_nearest():
    assert "such as 310" in finding("2304", "request", "input", "data", "insutype", "3100").en


def test_too_many_rows_are_counted():
    found = finding("2402", "request", "input", "diseinfo", [])
    assert "has 0 rows; it must be a list of 1 to 100 rows." in found.en


def test_a_refusal_with_output_is_told_why():
    message = {"infcode": -1, "inf_refmsgid": "3" * 30, "err_msg": "x", "output": {"setlinfo": {}}}
    findings = REGISTRY.check_text("2304", "response", json.dumps(message))
    assert any("the transaction was refused" in each.en for each in findings)


PERSONAL = ["99000019620314001X", "13800000000", "张三", "6222020000000000000", "1962-02-30", "1962.03.14"]


@pytest.mark.parametrize("value", PERSONAL)
def test_personal_data_are_never_repeated(value: str):
    entry = files("schemas") / "v1" / "examples"
    for infno, way, body, block in [
        ("2401", "request", "input", "mdtrtinfo"),
        ("1101", "response", "output", "baseinfo"),
    ]:
        message = json.loads((entry / f"{infno}.{way}.json").read_text(encoding="utf-8"))
        row = message[body][block]
        message[body][block] = {name: value * 40 if name.endswith(("no", "name", "tel")) else value for name in row}
        message[body][block][value] = value
        texts = REGISTRY.check_text(infno, way, json.dumps(message))
        assert texts
        # A day that does not exist is quoted where the date is not somebody's birthday.
        quoted = {"birctrl_matn_date", "brdy"} if value == "1962-02-30" else set(row)
        for each in texts:
            if each.pointer.rsplit("/", 1)[-1] in quoted | {value}:
                assert value not in each.zh + each.en


def test_an_identity_number_in_a_code_field_is_not_repeated():
    found = finding("2304", "request", "input", "data", "insutype", "990000196203140012")
    assert "9900001962" not in found.zh + found.en
    assert "18 characters" in found.en
