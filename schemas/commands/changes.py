"""`yidi schema diff` and `yidi schema release`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from schemas.commands.shared import (
    FINDINGS,
    AsJson,
    Language,
    errors_told,
    known_language,
    print_json,
    print_table,
    said,
)
from schemas.values import Name
from schemas.versions import Change, compare
from schemas.versions import release as releases
from schemas.versions.folders import package_root, read_version

# More places than this are counted, not listed.
LISTED = 3

Before = Annotated[str, typer.Argument(metavar="A", help="The old version, such as v1, or a folder that holds it.")]
After = Annotated[str, typer.Argument(metavar="B", help="The new version, or a folder that holds it.")]
Version = Annotated[str, typer.Argument(help="A version, such as v1.")]
OnlyCheck = Annotated[bool, typer.Option("--check", help="Change nothing; exit code 1 if a released file changed.")]

_HEADINGS = {
    "zh": ["位置", "改动", "对发送方", "对接收方"],
    "en": ["where", "what", "for the sender", "for the receiver"],
}
_VERDICTS = {True: Name("不兼容", "breaking"), False: Name("兼容", "compatible")}


def diff(a: Before, b: After, as_json: AsJson = False, lang: Language = "en") -> None:
    """Tell what changed from version A to B, and whom each change breaks.

    The sender is always who builds a message, the receiver who reads it: of a request, the hospital or city that sends
    it and the platform that takes it in; of a reply, the platform that answers and the party that asked. A change is
    breaking for the sender when a message that was valid is refused now, and for the receiver when a message is valid
    now that was refused before. Exit code 1 if anything is breaking.
    """
    with errors_told(as_json, lang):
        known_language(lang)
        changes = compare(read_version(a), read_version(b))
        if as_json:
            print_json({"a": a, "b": b, **_counts(changes), "changes": [asdict(each) for each in changes]})
        else:
            _print(changes, lang)
    if any(each.breaking for each in changes):
        raise typer.Exit(FINDINGS)


def release(version: Version, check: OnlyCheck = False, as_json: AsJson = False, lang: Language = "en") -> None:
    """Freeze a version: from then on a change to its files is refused, and belongs into a new version.

    Exit code 1 if a released version has changed.
    """
    with errors_told(as_json, lang):
        known_language(lang)
        outcome = (releases.check if check else releases.release)(package_root(), version)
        if as_json:
            print_json({"version": version, **asdict(outcome)})
        else:
            typer.echo(said(outcome.says, lang))
    if not outcome.good:
        raise typer.Exit(FINDINGS)


def _counts(changes: Sequence[Change]) -> dict[str, int]:
    return {
        "total": len(changes),
        "breaking_for_sender": sum(each.sender for each in changes),
        "breaking_for_receiver": sum(each.receiver for each in changes),
        "compatible": sum(not each.breaking for each in changes),
    }


def _print(changes: Sequence[Change], lang: str) -> None:
    if changes:
        print_table(_HEADINGS[lang], [_row(each, lang) for each in changes])
    typer.echo(said(_closing(**_counts(changes)), lang))


def _row(change: Change, lang: str) -> list[str]:
    verdicts = [said(_VERDICTS[each], lang) for each in (change.sender, change.receiver)]
    return [change.where + said(_touched(change.touches), lang), said(change.what, lang), *verdicts]


def _touched(places: Sequence[str]) -> Name:
    if not places:
        return Name("", "")
    listed, more = ", ".join(places[:LISTED]), ", …" if len(places) > LISTED else ""
    count = "1 place" if len(places) == 1 else f"{len(places)} places"
    return Name(f"（涉及{len(places)}处：{listed}{more}）", f" ({count}: {listed}{more})")


def _closing(total: int, breaking_for_sender: int, breaking_for_receiver: int, compatible: int) -> Name:
    if not total:
        return Name("没有改动。", "No changes.")
    return Name(
        f"共{total}处改动：{breaking_for_sender}处对发送方不兼容，{breaking_for_receiver}处对接收方不兼容，"
        f"{compatible}处兼容。",
        f"Changes: {total}; breaking for the sender: {breaking_for_sender}, for the receiver: {breaking_for_receiver}; "
        f"compatible: {compatible}.",
    )
