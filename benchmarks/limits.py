"""What limits cost: python -m benchmarks.limits.

Times a message as the page posts it, and the checks before it, from one or several people at once in
one thread.
"""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from uuid import UUID, uuid4

from sqlalchemy import Engine

from benchmarks.contenders import burn
from benchmarks.measures import running_trial
from burn_core.room.limits import ACTIONS, MESSAGES_OF_PERSON, MESSAGES_OF_THREAD, RateLimits
from burn_core.room.threads import post_text
from db.connection import begin, open_engine

_TIMES = 500
_PEOPLE = (1, 4)
_THREAD_ID = UUID(burn.THREAD.format(0))


def check(limits: RateLimits) -> None:
    """As an action on the page does, and then as a message does, each time by somebody else."""
    person_id = uuid4()
    limits.check((ACTIONS, person_id))
    limits.check((MESSAGES_OF_PERSON, person_id), (MESSAGES_OF_THREAD, _THREAD_ID))


def post(engine: Engine, numbers: "count[int]") -> None:
    with begin(engine) as session:
        post_text(session, _THREAD_ID, burn.ADA, f"event {next(numbers)}")


def measure(act: Callable[[], None], people: int) -> list[float]:
    """ms of each time, sorted."""

    def time_all(_: int) -> list[float]:
        times = []
        for _ in range(_TIMES // people):
            start = time.perf_counter()
            act()
            times.append(1_000 * (time.perf_counter() - start))
        return times

    with ThreadPoolExecutor(people) as pool:
        return sorted(ms for times in pool.map(time_all, range(people)) for ms in times)


def main() -> None:
    with running_trial() as trial:
        engine = open_engine(trial.url)
        post_one = partial(post, engine, count())
        print("| people at once | what | p50 ms | p95 ms |")
        print(f"|{'---|' * 4}")
        for people in _PEOPLE:
            # Another key makes other rows: nobody has used anything up.
            check_one = partial(check, RateLimits(engine, f"key {people}"))
            for name, act in (("the checks", check_one), ("the message itself", post_one)):
                ms = measure(act, people)
                p95 = ms[int(len(ms) * 0.95)]
                print(f"| {people} | {name} | {statistics.median(ms):.2f} | {p95:.2f} |")
        engine.dispose()


if __name__ == "__main__":
    main()
