"""The interface of the national settlement platform as data: schemas, code tables, names, and a checker for messages.

import schemas

registry = schemas.load("v1")
findings = registry.check_text(None, "request", text)
"""

from schemas.errors import BadText, SchemaError
from schemas.registry import Registry, load
from schemas.requirements import Limit, Requirement, Requirements, load_requirements
from schemas.text.strict_json import parse
from schemas.validator import Validator
from schemas.values import Block, Direction, Field, Finding, Kind, Name, Table, Transaction
from schemas.writing import write_whole

__all__ = [
    "BadText",
    "Block",
    "Direction",
    "Field",
    "Finding",
    "Kind",
    "Limit",
    "Name",
    "Registry",
    "Requirement",
    "Requirements",
    "SchemaError",
    "Table",
    "Transaction",
    "Validator",
    "load",
    "load_requirements",
    "parse",
    "write_whole",
]
