"""Puts the document together: what the interface is, how to reach it, one operation a transaction, the schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.openapi import gateway, texts
from schemas.openapi.components import message_schemas
from schemas.openapi.operations import operation, refusal_example, unknown_outcome

if TYPE_CHECKING:
    from schemas.registry import Registry

Json = dict[str, Any]

# JSON Schema 2020-12 as OpenAPI 3.1 names it; at any other name Swagger UI warns.
DIALECT = "https://spec.openapis.org/oas/3.1/dialect/base"


def openapi(registry: Registry, *, status: str = "draft") -> Json:
    """Return the OpenAPI 3.1 document of a version of the interface; the same version gives the same document.

    `status` is "draft" or "released". The document refers to nothing outside itself.
    """
    return {
        "openapi": "3.1.0",
        "info": _info(registry.version, status),
        "jsonSchemaDialect": DIALECT,
        "servers": [_server()],
        "security": gateway.alternatives(),
        "tags": _tags(registry),
        "paths": {
            f"/{infno}": {"post": operation(each, registry.examples)} for infno, each in registry.transactions.items()
        },
        "components": {
            "securitySchemes": gateway.schemes(),
            "parameters": gateway.parameters(),
            "examples": {"refusal": refusal_example()},
            "responses": {"gatewayRefusal": gateway.refusal(), "unknownOutcome": unknown_outcome()},
            "schemas": {**message_schemas(registry), **gateway.schemas()},
        },
        "x-yidi-addresses": _addresses(),
    }


def _info(version: str, status: str) -> Json:
    return {
        "title": texts.TITLE,
        "version": f"{version}-draft" if status == "draft" else version,
        "summary": texts.SUMMARY,
        "description": texts.description(),
        "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        "x-yidi-version": version,
        "x-yidi-status": status,
    }


def _server() -> Json:
    en = "address before the number of the transaction, without a slash at its end; in the field with a path of its own"
    zh = "交易编号之前的地址，末尾不带斜线；实际环境另有路径"
    return {
        "url": "{base}",
        "description": "The platform under test 被测平台",
        "variables": {"base": {"default": "http://127.0.0.1:8080", "description": f"{en} {zh}"}},
    }


def _tags(registry: Registry) -> list[Json]:
    return [{"name": group, "description": _group_text(group, registry)} for group in registry.groups]


def _group_text(group: str, registry: Registry) -> str:
    """Name a group and its transactions in both languages."""
    name = registry.groups[group]
    rows = [row for row in registry.transactions.values() if row.group == group]
    en = "; ".join(f"{row.infno} {row.name.en}" for row in rows)
    zh = "、".join(f"{row.infno} {row.name.zh}" for row in rows)
    return f"{name.en} {name.zh}\n\n{en}.\n\n{zh}。"


def _addresses() -> list[Json]:
    """Return the two ways in which platforms are addressed; the paths of this document follow the first."""
    return [
        {
            "method": "POST",
            "path": "/{infno}",
            "gateway": "x-tif",
            "contentTypes": ["application/json", "text/plain"],
            "zh": "每个交易一个地址",
            "en": "one address for each transaction",
        },
        {
            "method": "POST",
            "path": "/fsi/api/rsfComIfsService/callService",
            "gateway": "_api_",
            "contentTypes": ["text/plain"],
            "zh": "全部交易共用一个地址，由 infno 区分",
            "en": "one address for all transactions, told apart by infno",
        },
    ]
