"""Burn's commands: python -m burn_core COMMAND."""

import argparse
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable

from burn_core.bootstrap import find_database, open_database, prepare
from burn_core.context import render
from burn_core.demo import play_demo
from burn_core.errors import BurnError
from burn_core.explore.export import export_thread
from burn_core.room.hosts import add_host, remove_host
from burn_core.room.threads import get_thread
from burn_core.settings import Settings, read_settings
from burn_core.snapshot import load_snapshot
from db.connection import begin, begin_reading, open_engine
from db.embedded import find_program
from db.errors import Away, Refused
from db.instance import get_cookie_key
from db.read_only.role import derive_role, write_sqlalchemy_url
from understudy import serve


def migrate(settings: Settings, options: argparse.Namespace) -> None:
    """bring the database to today's schema, and put in the agents"""
    with open_database(settings):
        print("The database is ready.")


def db_url(settings: Settings, options: argparse.Namespace) -> None:
    """print the database's address, starting the embedded server if need be"""
    url = find_database(settings)
    prepare(url)
    print(url)


def reader_url(settings: Settings, options: argparse.Namespace) -> None:
    """print the database's address for reading only, for SQLAlchemy and pandas"""
    url = find_database(settings)
    prepare(url)
    engine = open_engine(url, pool_size=1)
    with begin(engine) as session:
        role = derive_role(get_cookie_key(session))
    engine.dispose()
    print(write_sqlalchemy_url(url, role))


def host(settings: Settings, options: argparse.Namespace) -> None:
    """name somebody who has signed up a host, who may read all threads in SQL"""
    with open_database(settings) as url:
        engine = open_engine(url, pool_size=1)
        with begin(engine) as session:
            change = remove_host if options.remove else add_host
            name = change(session, options.name).name
        engine.dispose()
    print(f"{name} is {'no longer ' if options.remove else ''}a host.")


def psql(settings: Settings, options: argparse.Namespace) -> None:
    """open the database in psql"""
    with open_database(settings) as url:
        # Ctrl-C is psql's, which stops a query with it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        subprocess.call([find_program("psql"), url, *options.arguments])


def context(settings: Settings, options: argparse.Namespace) -> None:
    """print the text that a model would read of a thread, and nothing else"""
    with open_database(settings) as url:
        engine = open_engine(url, pool_size=1)
        with begin(engine) as session:
            get_thread(session, options.thread)
            text = render(load_snapshot(session, options.thread, options.at))
        engine.dispose()
    sys.stdout.write(text + "\n" * sys.stdout.isatty())


def export(settings: Settings, options: argparse.Namespace) -> None:
    """print a thread as SQL that brings it into another database: its first lines say how"""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    with open_database(settings) as url:
        engine = open_engine(url, pool_size=1)
        with begin_reading(engine) as session:
            for line in export_thread(session, options.thread):
                print(line)
        engine.dispose()


def demo(settings: Settings, options: argparse.Namespace) -> None:
    """play a conversation of two people into a new thread, and print its link"""
    with open_database(settings) as url:
        play_demo(url, settings)


def understudy(settings: Settings, options: argparse.Namespace) -> None:
    """serve the stand-in model alone"""
    serve(options.port)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m burn_core", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(command: Callable[..., None]) -> argparse.ArgumentParser:
        name = command.__name__.replace("_", "-")
        added = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        added.set_defaults(command=command)
        return added

    add(migrate)
    add(db_url)
    add(reader_url)
    host_parser = add(host)
    host_parser.add_argument("name", metavar="NAME", help="the name that they sign in with")
    host_parser.add_argument("--remove", action="store_true", help="take it back")
    add(psql).add_argument("arguments", nargs="*", help="for psql, after --")
    context_parser = add(context)
    context_parser.add_argument("thread", metavar="THREAD", type=uuid.UUID, help="a thread's id")
    context_parser.add_argument("--at", metavar="SEQ", type=int, help="as it was at this event")
    add(export).add_argument("thread", metavar="THREAD", type=uuid.UUID, help="a thread's id")
    add(demo)
    add(understudy).add_argument("--port", metavar="N", type=int, default=0, help="default: any")
    return parser.parse_args()


def main() -> None:
    options = _parse()
    try:
        options.command(read_settings(), options)
    except (BurnError, Away, Refused, OSError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
