"""The worker process: python agents_worker.py. Run as many as you like: they share the work."""

import gc
import logging
import os
import signal
import sys
from contextlib import ExitStack
from threading import Thread

from burn_core.bootstrap import CANT_WORK, find_worker_address, open_database
from burn_core.errors import OperatorError
from burn_core.logs import tell_operator, write_json_logs
from burn_core.model_factory import make_model
from burn_core.runs.worker import Worker
from burn_core.settings import read_settings
from db.errors import Away, Unsuitable
from understudy import UnderstudyServer


def main() -> None:
    """Work until SIGTERM or SIGINT or, with --with-parent, until standard input ends."""
    settings = read_settings()
    if settings.burn_log == "json":
        write_json_logs()
    else:
        logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("burn_core").setLevel(logging.INFO)
    with ExitStack() as stack:
        url = stack.enter_context(open_database(settings))
        understudy = None
        if settings.understudy_plays:
            understudy = stack.enter_context(UnderstudyServer()).url
        worker = Worker(settings, find_worker_address(url), make_model(settings, understudy))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        if "--with-parent" in sys.argv:
            Thread(target=_stop_at_end_of_input, args=[worker], daemon=True).start()
        # Objects made at start-up live for ever. Scanning them takes the collector 80 ms each time.
        gc.collect()
        gc.freeze()
        print(f"worker {worker.name} is ready", flush=True)
        all_ended = worker.run()
    if not all_ended:
        # A thread is still waiting for its model and can't be stopped. Its run was handed back.
        os._exit(0)


def _stop_at_end_of_input(worker: Worker) -> None:
    """Standard input ends when the parent does, even if the parent is killed."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    worker.stop()


if __name__ == "__main__":
    try:
        main()
    except (OperatorError, Unsuitable) as error:
        tell_operator(error)
        sys.exit(CANT_WORK)
    except Away as error:
        tell_operator(error)
        sys.exit(1)
