"""A finding is one clear sentence in each language, and keeps what is personal to itself."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

import schemas
from schemas import Name

REGISTRY = schemas.load("v1")


def finding(infno: str, way: schemas.Direction, *path_and_value: Any) -> schemas.Finding:
    *path, value = path_and_value
    message: Any = json.loads(REGISTRY.examples[infno, way])
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
            "数据（data）缺少必填的人员编号（psn_no）；请补上1至30个字符的文本。",
            "psn_no (person number) is missing from data (data block); add it as a text of 1 to 30 characters.",
        ),
        (
            ("enc_typ", ), "x",
            "报文中有接口未定义的字段 enc_typ；请删除或改为 enc_type。",
            "the message has a field enc_typ that the interface does not define; "
            "remove it or rename it to enc_type.",
        ),
        (
            ("input", "data", "mdtrt_cert_type"), "09",
            "就诊凭证类型（mdtrt_cert_type）是“09”；"
            "应为就诊凭证类型代码表 mdtrt_cert_type 中的代码：01 医保电子凭证、02 居民身份证、03 社会保障卡。",
            'mdtrt_cert_type (visit credential type) is "09"; '
            "it must be a code of table mdtrt_cert_type: "
            "01 electronic insurance credential, 02 resident identity card, 03 social security card.",
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
            "个人结算方式（psn_setlway）是含有全角字符的文本；"
            "应为个人结算方式代码表 psn_setlway 中的代码：01 按项目结算、02 按定额结算。",
            "psn_setlway (settlement method for the person) is a text with full-width characters; "
            "it must be a code of table psn_setlway: 01 by item, 02 by fixed amount.",
        ),
        (
            ("inf_time",), "2026-03-12T10:20:00",
            "交易时间（inf_time）是19个字符、写法不对的文本；应为存在的时间，写作 yyyy-MM-dd HH:mm:ss。",
            "inf_time (transaction time) is a text of 19 characters in another form; "
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
    assert "is a list of 0 rows; it must be a list of 1 to 100 rows." in found.en


def test_a_refusal_with_output_is_told_why():
    message = {"infcode": -1, "inf_refmsgid": "3" * 30, "err_msg": "x", "output": {"setlinfo": {}}}
    findings = REGISTRY.check_text("2304", "response", json.dumps(message))
    assert any("the transaction was refused" in each.en for each in findings)


@pytest.mark.parametrize(
    ("path", "value", "part", "words"),
    [
        (("input", "data", "psn_no"), ..., "received", Name("没有", "nothing")),
        (("input", "data", "psn_no"), ..., "cure", Name("补上该字段", "add it")),
        (("input", "data", "psn_no"), "", "cure", Name("填写该字段", "fill it in")),
        (
            ("input", "data", "psn_no"),
            5,
            "cure",
            Name("加上双引号，作为文本发送", "put it in double quotes, as a text"),
        ),
        (
            ("input", "data", "psn_no"),
            None,
            "cure",
            Name('没有内容时发送空文本 ""，不发送null', 'send an empty text "" where there is nothing, not null'),
        ),
        (
            ("input", "data", "insutype"),
            310,
            "cure",
            Name("加上双引号，作为文本发送", "put it in double quotes, as a text"),
        ),
        (("input", "data", "insutype"), 310, "received", Name("数字", "a number")),
        (("input", "data", "insutype"), "999", "received", Name("“999”", '"999"')),
        (
            ("input", "data", "medfee_sumamt"),
            "1",
            "cure",
            Name("作为数字发送，不加引号", "send it as a number, without quotes"),
        ),
        (
            ("input", "data", "medfee_sumamt"),
            None,
            "cure",
            Name("没有内容时发送0，不发送null", "send 0 where there is nothing, not null"),
        ),
        (
            ("input", "data", "medfee_sumamt"),
            10**14,
            "received",
            Name("超出范围的数字", "a number out of range"),
        ),
        (("input", "data", "psn_no"), "1" * 31, "cure", Name("缩短到最多30个字符", "shorten it to 30 characters")),
        (
            ("input", "data", "psn_setlway"),
            "０1",
            "cure",
            Name("改用半角字符", "write it with ASCII digits and letters"),
        ),
        (("input", "data", "psn_setlway"), "09", "cure", Name("改用代码表中的代码", "use a code of the table")),
        (
            ("inf_time",),
            " 2026-03-12 10:20:00",
            "cure",
            Name("去掉首尾的空白和换行", "remove the white space at its ends"),
        ),
        (("infno",), "2303", "expected", Name("“2304”", '"2304"')),
        (("input", "data"), [], "expected", Name("对象", "an object")),
        (
            ("enc_typ",),
            1,
            "expected",
            Name("接口定义的字段，如 enc_type", "a field that the interface defines, such as enc_type"),
        ),
        (("input", "data", "psn_n"), 1, "received", Name("未定义的字段 psn_n", "an unknown field psn_n")),
    ],
)
def test_a_finding_says_the_same_in_parts(path, value, part: str, words: Name):
    assert getattr(finding("2304", "request", *path, value), part) == words


PUBLISHED = "Hunan edition, Inner Mongolia client, Guangdong client"


@pytest.mark.parametrize(
    ("infno", "path", "value", "basis"),
    [
        ("2304", ("input", "data", "psn_no"), ..., PUBLISHED),
        ("2304", ("input", "data", "insutype"), "9", f"{PUBLISHED}, code table insutype"),
        ("2304", ("input", "data"), ..., PUBLISHED),
        ("2304", ("sender_admdvs",), "x", "local addition seen in the field, code table admdvs"),
        ("C101", ("input", "data"), ..., "this project's proposal"),
    ],
)
def test_the_basis_is_what_publishes_the_field(infno: str, path, value, basis: str):
    assert finding(infno, "request", *path, value).basis.en == basis


def test_a_broken_rule_tells_its_own_words_basis_and_cure():
    rule = next(rule for rule in REGISTRY.rules if rule.id == "msgid-owner")
    found = finding("2304", "request", "fixmedins_code", "H99999999999")
    assert found.keyword == rule.id
    assert (found.expected, found.cure) == (rule.says, rule.cure)
    assert found.basis == Name("要求 JS-3.2b、湖南版 信封", "requirement JS-3.2b, Hunan edition envelope")
    assert found.en.startswith("fixmedins_code (designated institution code) ")
    assert found.en.endswith(f"; the rule is: {rule.says.en}.")


NESTED = ("input", "data", "patient_dtos", 0, "fsi_encounter_dtos", 0)


def test_a_nested_row_is_named_with_the_rows_above_it():
    found = finding("3102", "request", *NESTED, "fsi_diagnose_dtos", 1, "dise_codg", 5)
    assert found.pointer == "/input/data/patient_dtos/0/fsi_encounter_dtos/0/fsi_diagnose_dtos/1/dise_codg"
    assert (
        " in row 2 of fsi_diagnose_dtos of row 1 of fsi_encounter_dtos of row 1 of patient_dtos is a number;"
        in found.en
    )
    assert found.zh.startswith("patient_dtos 第1行、fsi_encounter_dtos 第1行、fsi_diagnose_dtos 第2行的")
    missing = finding("3102", "request", *NESTED, "mdtrt_id", ...)
    assert "is missing from row 1 of fsi_encounter_dtos (" in missing.en
    assert "of row 1 of patient_dtos;" in missing.en
    assert missing.basis.en == "Hunan edition"


def test_a_row_that_is_no_object_and_a_list_of_plain_values_are_named():
    assert finding("3102", "request", *NESTED, 5).en.startswith("row 1 of fsi_encounter_dtos (")
    assert finding("3102", "request", "input", "data", "rule_ids", 0, 5).en.startswith("row 1 of rule_ids (")


def test_a_field_that_stands_directly_in_the_output_is_known():
    found = finding("9102", "response", "output", 5)
    assert found.en.startswith("output (")
    bodies = [(infno, REGISTRY.body(infno, "response")) for infno in REGISTRY.transactions]
    infno, name = next((infno, name) for infno, body in bodies for name, each in body.fields.items() if each.required)
    missing = finding(infno, "response", "output", name, ...)
    assert missing.en.startswith(f"{name} (")
    assert missing.expected == REGISTRY.body(infno, "response").fields[name].form


PERSONAL = [
    "99000019620314001X",
    "13800000000",
    "张三",
    "6222020000000000000",
    "1962-02-30",
    "1962.03.14",
    "Zhangsan",
    "031419",
]
SPARED = {
    name
    for name, entry in json.loads((files("schemas") / "v1" / "dictionary.json").read_text("utf-8")).items()
    if entry.get("personal")
}


def replaced(value: Any, leaf: Any) -> Any:
    if isinstance(value, dict):
        return {key: replaced(each, leaf) for key, each in value.items()}
    return [replaced(each, leaf) for each in value] if isinstance(value, list) else leaf


@pytest.mark.parametrize("value", PERSONAL)
@pytest.mark.parametrize("way", ["request", "response"])
def test_personal_data_are_never_repeated(way: schemas.Direction, value: str):
    body = schemas.values.BODY[way]
    judged = 0
    for infno in REGISTRY.transactions:
        message = json.loads(REGISTRY.examples[infno, way])
        for leaf in (value, value * 40, {value: value}, [value]):
            found = REGISTRY.check_text(
                infno, way, json.dumps({**message, body: replaced(message.get(body, {}), leaf)})
            )
            for each in found:
                spared = SPARED & set(each.pointer.split("/"))
                judged += bool(spared)
                words = (each, each.expected, each.received, each.basis, each.cure)
                assert not spared or value not in "".join(name.zh + name.en for name in words), each
                assert leaf is value or value * 2 not in each.zh + each.en
    assert judged > 50


def test_an_identity_number_in_a_code_field_is_not_repeated():
    found = finding("2304", "request", "input", "data", "insutype", "990000196203140012")
    assert "9900001962" not in found.zh + found.en
    assert "18 characters" in found.en
