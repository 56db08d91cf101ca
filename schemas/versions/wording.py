"""The words for what changed, in both languages: one table of keywords, four kinds of sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.values import Name
from schemas.versions.shapes import TYPES

# More codes than this are counted, not listed.
LISTED = 8

# Keyword → its name.
LABELS: Mapping[str, Name] = {
    "type": Name("类型", "type"),
    "enum": Name("允许的取值", "allowed value"),
    "maxLength": Name("最大长度", "maximum length"),
    "minLength": Name("最小长度", "minimum length"),
    "maximum": Name("最大值", "maximum"),
    "minimum": Name("最小值", "minimum"),
    "x-yidi-decimals": Name("小数位数", "decimals"),
    "maxItems": Name("最多行数", "maximum of rows"),
    "minItems": Name("最少行数", "minimum of rows"),
    "maxProperties": Name("最多成员数", "maximum of members"),
    "minProperties": Name("最少成员数", "minimum of members"),
    "pattern": Name("写法", "pattern"),
    "date": Name("日期须存在的要求", "rule that the day exists"),
    "required": Name("必填字段", "required field"),
    "property": Name("字段", "field"),
    "message": Name("报文", "message"),
    "rule": Name("命名规则", "named rule"),
    "file": Name("文件", "file"),
    "columns": Name("文件列", "column of the file"),
    "odd": Name("定义", "definition"),
}
_CONDITION = Name("条件", "condition")

TEXTS_CHANGED = Name("说明文字有改动", "texts changed")
DATA_CHANGED = Name("资料有改动，不影响报文是否有效", "data changed that decide nothing about a message")
RULE_CHANGED = Name("命名规则有改动", "named rule changed")
REWRITTEN = Name("写法不同，含义相同", "written differently, means the same")
OTHERS_REFUSED = Name("不再接受未定义的字段", "fields that are not defined are now refused")
OTHERS_ALLOWED = Name("开始接受未定义的字段", "fields that are not defined are now allowed")


def added(keyword: str, value: str = "") -> Name:
    """Say that something is new."""
    if keyword == "required":
        return Name(f"字段 {value} 改为必填", f"field {value} is now required")
    label = label_of(keyword)
    return Name(f"新增{label.zh} {value}".rstrip(), _joined(label.en, value, "added"))


def ruled(what: Name) -> Name:
    """Say of a field that came or went that a rule names it."""
    return Name(f"{what.zh}（有命名规则涉及它）", f"{what.en}, which a named rule speaks of")


def removed(keyword: str, value: str = "") -> Name:
    """Say that something is gone."""
    if keyword == "required":
        return Name(f"字段 {value} 不再必填", f"field {value} is no longer required")
    label = label_of(keyword)
    return Name(f"删去{label.zh} {value}".rstrip(), _joined(label.en, value, "removed"))


def changed(keyword: str, before: str, after: str) -> Name:
    """Say that something became another."""
    label = label_of(keyword)
    return Name(f"{label.zh}由 {before} 改为 {after}", f"{label.en} {before} → {after}")


def label_of(keyword: str) -> Name:
    """Return the name of a keyword; one without a name of its own is a condition, told by its keyword."""
    return LABELS.get(keyword) or Name(f"{_CONDITION.zh} {keyword}", f"{_CONDITION.en} {keyword}")


def shown_types(types: frozenset[str]) -> str:
    """Return the names of JSON types; `number` includes `integer`."""
    if types == TYPES:
        return "any"
    return " | ".join(sorted(types - {"integer"} if "number" in types else types))


def shown_bound(keyword: str, bound: tuple[Any, bool]) -> str:
    """Return a bound; one that is not itself allowed bears the sign."""
    value, inclusive = bound
    return str(value) if inclusive else f"{'<' if keyword == 'maximum' else '>'} {value}"


def shown_codes(codes: Iterable[str]) -> str:
    """Return values written as JSON, a long list cut short."""
    ordered = sorted(codes)
    more = f" … ({len(ordered)})" if len(ordered) > LISTED else ""
    return ", ".join(_bare(code) for code in ordered[:LISTED]) + more


def shown_condition(condition: str) -> str:
    """Return the condition of a case, such as `infcode = 0`; `condition` is JSON text."""
    schema = json.loads(condition)
    members = schema.get("properties") if isinstance(schema, dict) else None
    if not members:
        return condition
    return ", ".join(f"{name} {_compared(schema)}" for name, schema in members.items())


def _compared(schema: Any) -> str:
    if isinstance(schema, dict) and "const" in schema:
        return f"= {schema['const']}"
    refused = schema.get("not") if isinstance(schema, dict) else None
    if isinstance(refused, dict) and "const" in refused:
        return f"≠ {refused['const']}"
    return json.dumps(schema, ensure_ascii=False)


def _bare(code: str) -> str:
    text = json.loads(code)
    return text if isinstance(text, str) and text else code


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)
