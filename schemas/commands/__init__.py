"""`yidi schema`: list the transactions, show one, check messages in files, and look after versions.

Exit codes: 0 good, 1 findings, 2 usage (a file that cannot be read, an unknown transaction or option value).
"""

from __future__ import annotations

import typer

from schemas.commands.changes import diff, release
from schemas.commands.check import check
from schemas.commands.docs import docs
from schemas.commands.openapi import openapi
from schemas.commands.show import list_transactions, show

app = typer.Typer(help="The interface: its transactions, a checker, OpenAPI, pages, versions.", no_args_is_help=True)
app.command("list")(list_transactions)
app.command()(show)
app.command()(check)
app.command()(diff)
app.command()(release)
app.command()(openapi)
app.command()(docs)
