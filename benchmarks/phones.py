"""A hall of phones behind one address, and one attacker among them: python -m benchmarks.phones.

Each phone signs up, joins one thread by its link and posts, all within a minute. Meanwhile the
attacker, from the same address, tries passwords, signs up and posts without end. Prints how many
phones met a limit, and how much of the attack got through.
"""

import argparse
import asyncio
import http.client
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import NoReturn

import psycopg

from benchmarks.contenders import burn
from benchmarks.measures import Trial, running_trial
from benchmarks.screen import running_web
from benchmarks.tab import Tab, open_tab
from burn_core.room.cookies import COOKIE_NAME

_PHONES = 300
_SECONDS = 60
_MOST_SECONDS = 300
_MODEL_SECONDS = 0.5
_REFUSED = "Try again in"
# A sign-up whose cookie doesn't come back counts as through, but takes no name.
_NAMES = b"SELECT count(*) FROM users WHERE name LIKE 'eve-%' OR name LIKE 'mallory-%'"
_CALLS = "SELECT coalesce(sum(attempts), 0)::int FROM runs"
Counts = Counter[str]


def write_link(connection: psycopg.Connection) -> str:
    """The query of the thread's link, with all that it takes to join."""
    thread_id = burn.THREAD.format(0)
    found = connection.execute("SELECT invitation_key FROM threads WHERE id = %s", [thread_id])
    [key] = found.fetchone() or [None]
    return f"thread={thread_id}&invite={key}"


async def enter(address: str, query: str, name: str) -> str:
    """Sign up in a new tab. Returns the browser's cookie, or "" if a limit was met."""
    async with open_tab(address, query) as tab:
        await sign_in(tab, name)
        if is_refused(tab):
            return ""
        ticket = tab.components["burn_enter"].data["ticket"]
        cookie = await asyncio.to_thread(exchange, address, ticket)
        await tab.answer("burn_enter", "answered", 204)
        assert not tab.said, tab.said
    return cookie


async def sign_in(tab: Tab, name: str, password: str = "") -> None:
    tab.type("Your name", name)
    tab.type("Password (optional)", password)
    await tab.press("Enter")


def exchange(address: str, ticket: str) -> str:
    """The cookie that the browser gets for the ticket. It has then shown that it sends it back."""
    given = ask(address, "/enter", {"burn-ticket": ticket})
    cookie = given.headers["Set-Cookie"].partition(f"{COOKIE_NAME}=")[2].partition(";")[0]
    ask(address, "/entered", {"Cookie": f"{COOKIE_NAME}={cookie}"})
    return cookie


def ask(address: str, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("POST", path, headers=headers | {"Origin": f"http://{address}"})
    response = connection.getresponse()
    assert response.status == 204, response.read()
    connection.close()
    return response


def is_refused(tab: Tab) -> bool:
    return any(_REFUSED in words for words in tab.said)


async def join(tab: Tab) -> None:
    await tab.press("Join")
    assert is_refused(tab) or "" in tab.inputs, tab.said


async def visit(address: str, query: str, number: int) -> Counts:
    """All that one phone does, and how often it met a limit."""
    cookie = await enter(address, query, f"phone-{number}")
    if not cookie:
        return Counter(signing_up=1)
    async with open_tab(address, query, cookie) as tab:
        await join(tab)
        if is_refused(tab):
            return Counter(joining=1)
        await tab.post(f"event {number}")
        return Counter(posting=1) if is_refused(tab) else Counter(through=1)


async def attack(act: Callable[[], Awaitable[Tab]], counts: Counts) -> NoReturn:
    """Do it again as soon as it has been answered, until cancelled."""
    while True:
        tab = await act()
        counts["refused" if is_refused(tab) else "through"] += 1


async def try_passwords(address: str, counts: Counts) -> None:
    async with open_tab(address, "") as tab:

        async def act() -> Tab:
            await sign_in(tab, "owner", f"guess {counts.total()}")
            return tab

        await attack(act, counts)


async def try_passwords_in_new_tabs(address: str, counts: Counts) -> None:
    async def act() -> Tab:
        async with open_tab(address, "") as tab:
            await sign_in(tab, "owner", f"another guess {counts.total()}")
            return tab

    await attack(act, counts)


async def sign_up(address: str, counts: Counts) -> None:
    async with open_tab(address, "") as tab:

        async def act() -> Tab:
            await sign_in(tab, f"eve-{counts.total()}")
            return tab

        await attack(act, counts)


async def sign_up_in_new_tabs(address: str, counts: Counts) -> None:
    async def act() -> Tab:
        async with open_tab(address, "") as tab:
            await sign_in(tab, f"mallory-{counts.total()}")
            return tab

    await attack(act, counts)


async def post(address: str, query: str, counts: Counts) -> None:
    cookie = await enter(address, query, "trudy")
    async with open_tab(address, query, cookie) as tab:
        await join(tab)

        async def act() -> Tab:
            await tab.post(f"event {10_000 + counts.total()}")
            return tab

        await attack(act, counts)


async def measure(trial: Trial, phones: int) -> None:
    with running_web(trial.url) as (address, web), trial.connect() as connection:
        query = write_link(connection)
        assert await enter(address, query, "owner")
        attacks: dict[str, Counts] = {}

        def begin(name: str, run: Callable[[Counts], Awaitable[None]]) -> "asyncio.Future[None]":
            attacks[name] = Counter()
            return asyncio.ensure_future(run(attacks[name]))

        running = [
            begin("passwords, one tab", lambda counts: try_passwords(address, counts)),
            begin("passwords, new tabs", lambda counts: try_passwords_in_new_tabs(address, counts)),
            begin("sign-ups, one tab", lambda counts: sign_up(address, counts)),
            begin("sign-ups, new tabs", lambda counts: sign_up_in_new_tabs(address, counts)),
            begin("messages", lambda counts: post(address, query, counts)),
        ]
        started, cpu_before = time.monotonic(), web.cpu_times()

        async def arrive(number: int) -> Counts:
            await asyncio.sleep(number * 0.8 * _SECONDS / phones)
            return await visit(address, query, number)

        async with asyncio.timeout(_MOST_SECONDS):
            met = await asyncio.gather(*(arrive(number) for number in range(phones)))
        seconds, cpu = time.monotonic() - started, web.cpu_times()
        failed = [task for task in running if task.done()]
        for task in running:
            task.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
        assert not failed, ended
        [calls] = connection.execute(_CALLS).fetchone() or [0]
        [names] = connection.execute(_NAMES).fetchone() or [0]
    show(phones, sum(met, Counter()), seconds, attacks)
    used = cpu.user + cpu.system - cpu_before.user - cpu_before.system
    print(f"\nMeanwhile: {used:.0f} s of the web process's CPU, {calls} model calls")
    print(f"Names that the sign-ups without a browser took: {names}")


def show(phones: int, met: Counts, seconds: float, attacks: dict[str, Counts]) -> None:
    print(f"{met['through']} of {phones} phones signed up, joined and posted in {seconds:.0f} s.")
    print(f"{phones - met['through']} met a limit: {dict(met)}\n")
    print("| attack from the same address | got through | was refused | tries per second |")
    print(f"|{'---|' * 4}")
    for name, counts in attacks.items():
        rate = counts.total() / seconds
        print(f"| {name} | {counts['through']} | {counts['refused']} | {rate:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=_PHONES)
    options = parser.parse_args()
    with (
        running_trial() as trial,
        trial.working(_MODEL_SECONDS),
    ):
        asyncio.run(measure(trial, options.phones))


if __name__ == "__main__":
    main()
