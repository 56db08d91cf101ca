"""Opens a journal by where it is kept."""

from __future__ import annotations

from pathlib import Path

from simulator.sandbox.journal import Store
from simulator.sandbox.sqlite import SqliteStore

_POSTGRES = ("postgresql://", "postgres://")


def is_postgres(place: str) -> bool:
    """Tell whether a place is a PostgreSQL database rather than a file."""
    return place.startswith(_POSTGRES)


def open_store(place: str | Path, *, read_only: bool = False) -> Store:
    """Open the journal at a path (SQLite) or a ``postgresql://`` address.

    Raises Taken where another process writes to it, Damaged where it is no journal of ours, OSError for a file that
    cannot be had, and Unreachable for a database that cannot.
    """
    if isinstance(place, str) and is_postgres(place):
        from simulator.sandbox.postgres import PostgresStore  # noqa: PLC0415  # late: it costs 0.1 s

        return PostgresStore(place, read_only=read_only)
    return SqliteStore(Path(place), read_only=read_only)
