"""The interface as one OpenAPI 3.1 document, for tools that know OpenAPI but not this project."""

from schemas.openapi.document import openapi

__all__ = ["openapi"]
