"""The worker: waits for news, claims the agents that are due, and executes their runs."""

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from uuid import UUID

from apscheduler.schedulers.background import BackgroundScheduler

from burn_core.model import Model
from burn_core.retention import (
    delete_old_circuits,
    delete_old_limits,
    delete_old_spending,
    delete_old_traces,
    delete_unused,
)
from burn_core.runs.caps import list_caps
from burn_core.runs.claim import claim
from burn_core.runs.lease import (
    hand_back,
    make_worker_name,
    reclaim,
    renew_leases,
)
from burn_core.runs.run import Run
from burn_core.runs.spending import release
from burn_core.runs.writer import Writer
from burn_core.settings import Settings
from burn_core.snapshot import Snapshot
from db.connection import begin, open_connection, open_engine
from db.errors import Away
from db.listener import Listener
from db.locks import hold_liveness_lock

_log = logging.getLogger(__name__)
# A little over a second, so that an idle worker asks at most once a second.
_POLL_SECONDS = 1.1
_RETENTION_MINUTES = 10
_FINISH_SECONDS = 6.0
_RECONNECT_SECONDS = 0.5
_MAX_SNAPSHOTS = 1_000
# Enough for any number of model calls: no run holds a connection while its model thinks.
_CONNECTIONS = 6


class Worker:
    """Executes the runs of a database, alone or beside other workers."""

    def __init__(self, settings: Settings, url: str, model: Model) -> None:
        self._settings = settings
        self._model = model
        self._caps = list_caps(settings)
        self._near_caps: frozenset[UUID] | None = None  # who is, or None for everybody
        self._may_release = True  # agents that wait for caps from before
        self._default_model = "understudy" if settings.understudy_plays else settings.burn_model
        self._engine = open_engine(url, pool_size=_CONNECTIONS, pre_ping=False)
        self._writer = Writer(self._engine)
        with open_connection(url) as connection:
            self.name = make_worker_name(connection)
        self._wake = Event()
        self._stopping = Event()
        self._poll_is_due = Event()
        self._listener = Listener(
            url,
            "burn_changes",
            on_notify=self._hear,
            on_connect=lambda connection: hold_liveness_lock(connection, self.name),
        )
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._pool = ThreadPoolExecutor(settings.burn_concurrency, thread_name_prefix="run")
        self._running: dict[Future[None], UUID] = {}  # the ids of the runs
        self._trouble = ""
        self._snapshots: dict[UUID, Snapshot] = {}

    def run(self) -> bool:
        """Work until stop is called. Returns whether every run had ended by then."""
        self._listener.start()
        self._schedule_jobs()
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            try:
                self._work()
                self._trouble = ""
            except Away as error:
                self._note(error)
                self._try_again()
            except Exception:
                _log.exception("claiming failed, trying again")
                self._try_again()
        return self._finish()

    def stop(self) -> None:
        """Make run return, soon. Safe in a signal handler."""
        self._stopping.set()
        self._wake.set()

    def _note(self, error: Away) -> None:
        """Log it once, until claiming works again. If it is gone, the listener logs that."""
        if error.is_reachable and str(error) != self._trouble:
            _log.warning("can't claim, trying again until it works: %s", error)
        self._trouble = str(error)

    def _try_again(self) -> None:
        self._stopping.wait(_RECONNECT_SECONDS)
        self._wake.set()

    def _hear(self, topic: str) -> None:
        # These make no agent due. A run that ends without an event wakes us in _end.
        if not topic.startswith(("facts:", "runs:", "visits:", "sessions:")):
            self._wake.set()

    def _schedule_jobs(self) -> None:
        add = self._scheduler.add_job
        add(self._poll, "interval", seconds=_POLL_SECONDS)
        add(self._beat, "interval", seconds=self._settings.burn_lease_seconds / 3)
        add(self._forget, "interval", minutes=_RETENTION_MINUTES)
        self._scheduler.start()

    def _poll(self) -> None:
        self._poll_is_due.set()
        self._wake.set()

    def _beat(self) -> None:
        """Keep the runs that are being executed. One that ended and couldn't write so expires."""
        run_ids = list(self._running.values())
        if run_ids:
            with begin(self._engine) as session:
                renew_leases(session, self.name, run_ids, self._settings.burn_lease_seconds)

    def _forget(self) -> None:
        for delete in (
            delete_old_traces,
            delete_old_limits,
            delete_old_circuits,
            delete_old_spending,
        ):
            with begin(self._engine) as session:
                delete(session)
        self._may_release = True
        deleted = 1
        while deleted and not self._stopping.is_set():
            with begin(self._engine) as session:
                deleted = delete_unused(session, self._settings.burn_retention_hours)
            if deleted:
                _log.info("deleted %s threads that nobody used", deleted)

    def _work(self) -> None:
        # Without its lock a worker looks dead, and others would reclaim its runs.
        if not self._listener.connected.is_set():
            return
        while (free := self._count_free()) and not self._stopping.is_set():
            if self._claim(free) < free:
                return

    def _claim(self, limit: int) -> int:
        """One round; returns how many agents were due."""
        with begin(self._engine) as session:
            if self._may_release:
                release(session, self._caps)
            # Who is near a cap is looked for once per poll, and what they spend each time.
            if is_full_look := self._poll_is_due.is_set():
                self._poll_is_due.clear()
                reclaim(session)
            near = None if is_full_look else self._near_caps
            caps = [] if near == frozenset() else self._caps
            claims = claim(
                session,
                self.name,
                limit,
                self._settings.burn_lease_seconds,
                self._snapshots,
                self._default_model,
                self._settings.endpoint,
                caps,
                near,
            )
        self._may_release = False
        if near is None:
            self._near_caps = claims.near
        self._remember(claims.snapshots)
        for claimed in claims.runs:
            run = Run(
                self._writer,
                self.name,
                self._model,
                self._default_model,
                claimed,
                self._stopping.wait,
                self._settings.endpoint,
            )
            future = self._pool.submit(run.execute)
            self._running[future] = claimed.run_id
            future.add_done_callback(self._end)
        return claims.due

    def _end(self, future: Future[None]) -> None:
        self._running.pop(future, None)
        self._wake.set()

    def _count_free(self) -> int:
        return self._settings.burn_concurrency - len(self._running)

    def _remember(self, snapshots: Mapping[UUID, Snapshot]) -> None:
        for thread_id, snapshot in snapshots.items():
            self._snapshots.pop(thread_id, None)
            self._snapshots[thread_id] = snapshot
        while len(self._snapshots) > _MAX_SNAPSHOTS:
            del self._snapshots[next(iter(self._snapshots))]

    def _finish(self) -> bool:
        """Give the runs a few seconds to end, then hand back the rest."""
        self._scheduler.shutdown(wait=False)
        wait(list(self._running), _FINISH_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)
        handed_back = 0
        try:
            with begin(self._engine) as session:
                handed_back = hand_back(session, self.name)
        except Away as error:
            _log.warning("the database can't be reached; other workers will notice: %s", error)
        self._listener.stop()
        self._engine.dispose()
        return not handed_back and not self._running
