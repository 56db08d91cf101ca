"""`yidi load`: play simulated traffic against a platform, open loop, and say whether it holds.

Exit codes: 0 good, 1 findings (limits, saturation, money, wrong replies), 2 usage, 3 target unreachable, 4 void run or
fault of the tool, 5 nothing to play, 130 interrupted, with the report of what was seen.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer

from simulator.inputs.errors import InputError
from simulator.inputs.hooks import HookFailed
from simulator.outputs.console import UsageError, fail, known_language
from simulator.outputs.files import write_whole
from simulator.outputs.texts import Say
from simulator.traffic import console, report
from simulator.traffic.asking import Unanswered
from simulator.traffic.calibration import dumps, fitted
from simulator.traffic.capacity import FIRST_RATE, Climber, Step, climb
from simulator.traffic.demo import NoDemo
from simulator.traffic.limits import Figures, Profile, read_profile
from simulator.traffic.run import How, leave, run, told_of
from simulator.traffic.schedule import AWAY, HERE, write_schedule
from simulator.traffic.selftest import self_test
from simulator.traffic.target import Target
from simulator.traffic.wanted import Wanted, nothing_to_play, opened
from simulator.traffic.workers import WorkerLost

FINDINGS, USAGE, INCONCLUSIVE, FAULT, NOTHING, STOPPED = 1, 2, 3, 4, 5, 130
_WHO = "yidi load"
_LEFT_OUT = ("line", "minutes", "examples", "money", "findings", "by_infno", "overall", "visits", "lag")
"""Parts of the document that ``--json`` sums up, or leaves to the file."""


def load_command(  # noqa: PLR0917  # options of a command are all positional to it
    target: Annotated[str, typer.Option("--target", help="Address of the platform; it knows the people already.")] = "",
    config: Annotated[str, typer.Option("-c", "--config", help="The platform's conformance.toml.")] = "",
    demo: Annotated[bool, typer.Option("--demo", help="Load a sandbox started for it.")] = False,
    scenario: Annotated[str, typer.Option("--scenario", help="Whose traffic: built-in name or path.")] = "",
    schedule: Annotated[Path | None, typer.Option("--schedule", help="A schedule kept by --save-schedule.")] = None,
    rate: Annotated[float | None, typer.Option("--rate", help="Visits a second; none: as on the day.")] = None,
    duration: Annotated[float | None, typer.Option("--duration", help="Seconds in which visits arrive.")] = None,
    compress: Annotated[float | None, typer.Option("--compress", help="How many times faster than life (10).")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed; the scenario's own by default.")] = None,
    take: Annotated[int, typer.Option("--take", min=1, help="Which playing: other people and numbers.")] = 1,
    arrivals: Annotated[str, typer.Option("--arrivals", help="poisson or uniform, with --rate.")] = "",
    spike: Annotated[bool, typer.Option("--spike", help="With the spike that the profile asks for.")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that send.")] = 1,
    connections: Annotated[int, typer.Option("--connections", min=1, max=20_000, help="At most so many.")] = 256,
    wait: Annotated[float, typer.Option("--wait", help="Seconds after which an answer is given up.")] = 60.0,
    profile: Annotated[str, typer.Option("--profile", help="Limits: built-in name or path.")] = "national",
    save_schedule: Annotated[Path | None, typer.Option("--save-schedule", help="Keep the schedule there too.")] = None,
    find_capacity: Annotated[bool, typer.Option("--find-capacity", help="Climb until a limit breaks.")] = False,
    repeats: Annotated[int, typer.Option("--repeats", min=1, max=20, help="Climbs of --find-capacity.")] = 3,
    calibrate: Annotated[Path | None, typer.Option("--calibrate", help="File to fit the platform into.")] = None,
    self_test_: Annotated[bool, typer.Option("--self-test", help="Show that the generator tells the truth.")] = False,
    day: Annotated[str, typer.Option("--day", help="Day that messages bear; today, or the demo's own.")] = "",
    listen: Annotated[bool, typer.Option("--listen", help="Play the province behind the city that is loaded.")] = False,
    delay: Annotated[float, typer.Option("--delay", min=0, help="Milliseconds until that province answers.")] = 0.0,
    as_: Annotated[str, typer.Option("--as", help="province: load the insured side of a city.")] = "",
    out: Annotated[Path, typer.Option("--out", help="Result folder.")] = Path("out/load"),
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit there too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """Play simulated traffic against a platform and judge how it holds."""
    with errors_told(_WHO, as_json, lang):
        known_language(lang)
        if self_test_:
            _self_test(as_json, lang)
        limits = read_profile(profile)
        spiky = limits if spike else None
        wanted = Wanted(target, config, demo, scenario, schedule, rate, duration, compress, seed, arrivals, spiky)
        wanted = wanted._replace(side=AWAY if as_ else HERE)
        how = how_of(workers, connections, wait, take, day, demo=demo)
        how = how._replace(delay_ms=delay if listen else None)
        _expect_city(config, listen=listen, as_=as_)
        with opened(wanted) as (plan, reached):
            if save_schedule is not None:
                write_schedule(plan, save_schedule)
            if find_capacity:
                climber, found = _climbed(wanted, reached, how, limits, repeats, as_json=as_json, lang=lang)
                ran, how, quiet, knee = *climber.best, climber.quiet, climber.knee
            else:
                with console.progress(Say(lang), quiet=as_json) as told:
                    ran, found, quiet, knee = run(plan, reached, how, told=told), None, None, None
            made = told_of(ran, limits, how, capacity=found)
            leave(out, made, ran, lang=lang, also=junit)
            if calibrate is not None:
                _calibrate(calibrate, made, quiet, knee)
    _tell(made, out, as_json=as_json, lang=lang)
    raise typer.Exit(made["verdict"]["exit"])


def how_of(workers: int, connections: int, wait: float, take: int, day: str = "", *, demo: bool = True) -> How:
    """Return how a schedule is to be played: on the demonstration's own day, else today; raises UsageError."""
    if connections < workers:
        raise UsageError(
            f"--connections {connections} 少于 --workers {workers}；每个进程至少要一个连接。",
            f"--connections {connections} is fewer than --workers {workers}; each process needs one.",
        )
    if not 0 < wait <= 3600:
        zh, en = "请给出大于0、不超过3600的秒数", "give seconds above 0 up to 3600"
        raise UsageError(f"--wait {wait:g} 无效；{zh}。", f"--wait {wait:g} cannot be; {en}.")
    try:
        on = dt.date.fromisoformat(day) if day else None if demo else dt.date.today()
    except ValueError:
        raise UsageError(
            f"--day {day} 不是日期；应如 2026-03-02。", f"--day {day} is no date; write 2026-03-02."
        ) from None
    return How(workers, connections, wait, take, on)


def _expect_city(config: str, *, listen: bool, as_: str) -> None:
    """Refuse what only a city with a configuration can be asked; raises UsageError."""
    if as_ not in {"", "province"}:
        raise UsageError(f"--as {as_} 无效；应为 province。", f"--as {as_} is not known; use province.")
    if (listen or as_) and not config:
        option = "--listen" if listen else "--as province"
        raise UsageError(
            f"{option} 用于一个市的平台；请用 -c 给出它的 conformance.toml。",
            f"{option} is for the platform of a city; give its conformance.toml with -c.",
        )
    if listen and as_:
        raise UsageError("--listen 与 --as province 只能用一个。", "use --listen or --as province, not both.")


def _climbed(
    wanted: Wanted, reached: Target, how: How, limits: Profile, repeats: int, *, as_json: bool, lang: str
) -> tuple[Climber, dict[str, Any]]:
    """Climb; return the climber with its best run, and the climb as the document has it."""
    if wanted.schedule is not None:
        zh, en = "--find-capacity 不能与 --schedule 同用", "--find-capacity cannot stand beside --schedule"
        raise UsageError(f"{zh}：每一档速率要编制自己的日程。", f"{en}: each rate has a schedule of its own.")
    say = Say(lang)

    def told(step: Step) -> None:
        why = f" ({say.of(step.why)})" if step.why else ""
        if not as_json:
            typer.echo(say("told.step", f"{step.rate:g}", say(f"climb.{step.state}")) + why, err=True)

    climber = Climber(wanted, reached, how, limits, told)
    found = climb(climber.attempt, wanted.rate or FIRST_RATE, repeats)
    return climber, found.told()


def _calibrate(path: Path, made: Figures, quiet: Figures | None, knee: float | None) -> None:
    try:
        text = dumps(fitted(made, quiet=quiet, capacity=knee))
    except ValueError:
        zh, en = "没有一条请求得到答复，无从校准", "nothing was answered, so there is nothing to calibrate from"
        raise UsageError(f"{zh}。", f"{en}.") from None
    write_whole(path, text)


def _tell(made: Figures, out: Path, *, as_json: bool, lang: str) -> None:
    if as_json:
        head = {name: value for name, value in made.items() if name not in _LEFT_OUT}
        head |= {"findings": made["findings"]["count"], "report": str(out / report.NAME)}
        money = made["money"]
        head["money"] = None if money is None else {"agrees": money["agrees"], "found": money["found"]}
        sys.stdout.write(orjson.dumps(head, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        console.tell(made, str(out / report.NAME), lang)


def _self_test(as_json: bool, lang: str) -> NoReturn:
    found = self_test()
    if as_json:
        sys.stdout.write(orjson.dumps(found.data(), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        typer.echo(getattr(found.words(), lang))
    raise typer.Exit(0 if found.passed else FAULT)


@contextmanager
def errors_told(who: str, as_json: bool, lang: str) -> Iterator[None]:
    """Turn what keeps a run from beginning into one sentence and the exit code it has."""

    def say(zh: str, en: str, code: int) -> NoReturn:
        fail(who, zh, en, code, as_json=as_json, lang=lang)

    try:
        yield
    except UsageError as error:
        say(error.zh, error.en, NOTHING if nothing_to_play(error) else USAGE)
    except InputError as error:
        say(str(error), str(error), USAGE)
    except (Unanswered, HookFailed) as error:
        zh, en = (error.zh, error.en) if isinstance(error, Unanswered) else (str(error), str(error))
        say(f"被测平台无法到达：{zh}", f"the target cannot be reached: {en}", INCONCLUSIVE)
    except NoDemo as error:
        say(f"沙箱未能启动：{error}", f"the sandbox does not start: {error}", FAULT)
    except WorkerLost as error:
        say(f"发压进程丢失：{error}", str(error), FAULT)
    except OSError as error:
        where = error.filename or "--out"
        zh, en = f"{where} 无法写入（{error.strerror}）；请另给路径。", f"{where} cannot be written ({error.strerror})"
        say(zh, f"{en}; give another place.", USAGE)
    except KeyboardInterrupt:
        say("开始之前已中断，未留下任何文件。", "interrupted before it began; nothing was written.", STOPPED)
