"""Burn's commands: python -m burn_core COMMAND."""

import argparse
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.agents.agent_file import read_agent_file, write_agent_file
from burn_core.agents.roster import (
    Agent,
    add_version,
    check_agent_name,
    find_agent,
    list_agent_names,
)
from burn_core.bootstrap import find_database, open_database
from burn_core.context import render
from burn_core.demo import play_demo
from burn_core.errors import BurnError, NotFound, OperatorError
from burn_core.explore.export import export_thread
from burn_core.room.hosts import add_host, remove_host
from burn_core.room.threads import get_thread
from burn_core.settings import Settings, read_settings
from burn_core.snapshot import load_snapshot
from burn_core.users import tidy_name
from db.connection import begin, begin_reading, open_engine
from db.embedded import find_program
from db.errors import DatabaseError
from db.instance import get_cookie_key
from db.role_setup import write_setup
from db.roles import (
    Part,
    derive_role,
    write_missing_roles,
    write_psql_url,
    write_sqlalchemy_url,
)
from understudy import serve

_WRITERS = {"psql": write_psql_url, "sqlalchemy": write_sqlalchemy_url}


def migrate(settings: Settings, options: argparse.Namespace) -> None:
    """bring the database to the current schema, and seed the agents"""
    with _open_database(settings):
        print("The database is ready.")


def db_url(settings: Settings, options: argparse.Namespace) -> None:
    """print the database's address, starting the embedded server if need be"""
    url = find_database(settings, _say_that_it_stays)
    print(_WRITERS[options.program](url, None))


def reader_url(settings: Settings, options: argparse.Namespace) -> None:
    """print a read-only address of the database, for notebooks and psql"""
    url = find_database(settings, _say_that_it_stays)
    with _transaction(url) as session:
        role = derive_role(get_cookie_key(session), Part.NOTEBOOK)
    print(_WRITERS[options.program](url, role))


def roles(settings: Settings, options: argparse.Namespace) -> None:
    """print what an administrator types where Burn isn't allowed to create its roles"""
    with _open_database(settings) as url, _transaction(url) as session:
        print(write_setup(session, get_cookie_key(session)), end="")


def host(settings: Settings, options: argparse.Namespace) -> None:
    """make somebody who has signed up a host, who can read all threads in SQL"""
    with _open_database(settings) as url, _transaction(url) as session:
        change = remove_host if options.remove else add_host
        name = change(session, options.name).name
    print(f"{name} is {'no longer ' if options.remove else ''}a host.")


def agent(settings: Settings, options: argparse.Namespace) -> None:
    """print an agent as a TOML file; with --from, put such a file in force"""
    name = tidy_name(options.name)
    check_agent_name(name)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    with _open_database(settings) as url, _transaction(url) as session:
        before = find_agent(session, name)
        if options.file is None:
            sys.stdout.write(_write_agent(name, before, list_agent_names(session)))
            return
        added = add_version(session, read_agent_file(name, _read_text(options.file)))
    print(_describe_change(name, before, added))


def psql(settings: Settings, options: argparse.Namespace) -> None:
    """open the database in psql"""
    with _open_database(settings) as url:
        # Ctrl-C is psql's, which stops a query with it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        subprocess.call([find_program("psql"), url, *options.arguments])


def context(settings: Settings, options: argparse.Namespace) -> None:
    """print the text of a thread that a model reads, and nothing else"""
    with _open_database(settings) as url, _transaction(url) as session:
        get_thread(session, options.thread)
        text = render(load_snapshot(session, options.thread, options.at))
    sys.stdout.write(text + "\n" * sys.stdout.isatty())


def export(settings: Settings, options: argparse.Namespace) -> None:
    """print a thread as SQL for another database; its first lines say how to load it"""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    with _open_database(settings) as url, _transaction(url, begin_reading) as session:
        for line in export_thread(session, options.thread):
            print(line)


def backup(settings: Settings, options: argparse.Namespace) -> None:
    """print the whole database as SQL, which psql can load on any server"""
    with _open_database(settings) as url:
        with _transaction(url) as session:
            print(write_missing_roles(get_cookie_key(session)), flush=True)
        dumped = subprocess.run(
            [find_program("pg_dump"), "--clean", "--if-exists", "--no-owner", url], check=False
        )
    if dumped.returncode:
        raise OperatorError("The backup isn't complete.")


def demo(settings: Settings, options: argparse.Namespace) -> None:
    """play a scripted conversation of two people in a new thread, and print its link"""
    with _open_database(settings) as url:
        play_demo(url, settings)


def understudy(settings: Settings, options: argparse.Namespace) -> None:
    """serve the stand-in model on its own"""
    serve(options.port)


def _open_database(settings: Settings) -> AbstractContextManager[str]:
    return open_database(settings, _say_that_it_stops)


def _say_that_it_stops() -> None:
    print("Starting Burn's database; it stops when this command ends.", file=sys.stderr)


def _say_that_it_stays() -> None:
    print(
        "Starting Burn's database. It stays up until Burn, or another command such as"
        " `python -m burn_core psql`, has used it and ends.",
        file=sys.stderr,
    )


@contextmanager
def _transaction(
    url: str, begin: Callable[[Engine], AbstractContextManager[Session]] = begin
) -> Iterator[Session]:
    engine = open_engine(url, pool_size=1)
    try:
        with begin(engine) as session:
            yield session
    finally:
        engine.dispose()


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise OperatorError(f"{file} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise OperatorError(f"{file} can't be read: it isn't UTF-8 text.") from error


def _write_agent(name: str, agent: Agent | None, names: list[str]) -> str:
    if agent is None:
        raise NotFound(
            f"There is no agent {name}. The agents are: {', '.join(names)}. "
            "With --from FILE, a file makes a new one."
        )
    return write_agent_file(name, agent)


def _describe_change(name: str, before: Agent | None, added: Agent) -> str:
    if before is None:
        return f"{name} is a new agent. New threads have it; in others, the owner adds it in Edit."
    if added == before:
        return f"{name} hasn't changed: version {before.version} stays in force."
    return f"{name} is now in version {added.version}, which its next run uses."


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m burn_core", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(command: Callable[..., None]) -> argparse.ArgumentParser:
        name = command.__name__.replace("_", "-")
        added = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        added.set_defaults(command=command)
        return added

    add(migrate)
    for command, program in ((db_url, "psql"), (reader_url, "sqlalchemy")):
        add(command).add_argument(
            "--for",
            dest="program",
            choices=_WRITERS,
            default=program,
            help=f"who takes the address; default: {program}",
        )
    add(roles)
    host_parser = add(host)
    host_parser.add_argument("name", metavar="NAME", help="the name that they sign in with")
    host_parser.add_argument("--remove", action="store_true", help="make them an ordinary user")
    agent_parser = add(agent)
    agent_parser.add_argument("name", metavar="NAME", help="the agent's name, known or new")
    agent_parser.add_argument(
        "--from", dest="file", metavar="FILE", type=Path, help="add it as NAME's next version"
    )
    add(psql).add_argument("arguments", nargs="*", help="arguments for psql, after --")
    context_parser = add(context)
    context_parser.add_argument("thread", metavar="THREAD", type=uuid.UUID, help="a thread's id")
    context_parser.add_argument("--at", metavar="SEQ", type=int, help="as it was at this event")
    add(export).add_argument("thread", metavar="THREAD", type=uuid.UUID, help="a thread's id")
    add(backup)
    add(demo)
    add(understudy).add_argument("--port", metavar="N", type=int, default=0, help="default: any")
    return parser.parse_args()


def _end(number: int, frame: FrameType | None) -> None:
    """End the command with all that it started, instead of at once."""
    sys.exit(128 + number)


def main() -> None:
    options = _parse()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _end)
    try:
        options.command(read_settings(), options)
    except (BurnError, DatabaseError, OSError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
