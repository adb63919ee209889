"""The first three steps, night after night: while one night is linked, the next ones are prepared and sketched.

Linking is the work of one process, the other two are that of the workers, which would wait meanwhile. A night is
sketched before the next one is prepared, because an article that breaks its sketch sends it back to be prepared, on
which the next night rests.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date
from functools import partial

from dedup import link, prepare, sketch
from dedup.index import Counts, Index
from dedup.parallel import SliceMap
from dedup.persons.spoken import Spoken
from dedup.poison import PoisonError
from dedup.settings import Settings
from dedup.survey import Delivery

Work = Callable[[], Counts]

Do = Callable[[str, date | None, Work], Counts]
"""How a rim carries out one step, given its name and night: plainly, with a bar, as a Prefect task."""

AHEAD = 2
"""Nights begun while one is linked: one may take longer to link, another to prepare."""


@dataclass
class Beside:
    """A thread in which work goes on in its order; what comes after a failure is not done, and fails with it."""

    thread: ThreadPoolExecutor
    last: Future[Counts] | None = None

    def begin(self, work: Work) -> Work:
        """Its counts, when they are there."""
        before, here = self.last, copy_context()  # by which a rim knows whose progress it is told

        def done() -> Counts:
            if before is not None:
                before.result()
            return here.run(work)

        self.last = self.thread.submit(done)
        return self.last.result


@dataclass(frozen=True)
class Nights:
    """What the nights of a run are gone through with."""

    index: Index
    deliveries: dict[date, Delivery]
    settings: Settings
    spoken: Spoken
    do: Do

    def through(self, nights: list[date], run_slices: SliceMap, beside: Beside | None) -> None:
        """The three steps for each of `nights`, oldest first; some are begun `beside`, if there is a worker for it.

        A night without a delivery stays as it was prepared: a verdict reaches back to nights whose files are gone.
        """
        coming, begun = iter(nights), deque[tuple[Work, Work]]()
        for night in nights:
            while len(begun) <= (AHEAD if beside else 0) and (one := next(coming, None)):
                begun.append(self._begun(one, run_slices, beside))
            prepared, sketched = begun.popleft()
            if night in self.deliveries:
                self.do("prepare", night, prepared)
            self.do("sketch", night, sketched)
            self.do("link", night, self._linking(night))

    def _begun(self, night: date, run_slices: SliceMap, beside: Beside | None) -> tuple[Work, Work]:
        """To prepare and to sketch a night: begun, or to be done when it is asked for."""
        delivery = self.deliveries.get(night)
        prepared = self._preparing(delivery, run_slices) if delivery else Counts
        sketched = partial(self._sketched, night, delivery, run_slices)
        return (beside.begin(prepared), beside.begin(sketched)) if beside else (prepared, sketched)

    def _preparing(self, delivery: Delivery, run_slices: SliceMap) -> Work:
        return lambda: prepare.prepare(self.index, delivery, self.settings, run_slices)

    def _linking(self, night: date) -> Work:
        return lambda: link.link(self.index, night, self.settings, self.spoken)

    def _sketched(self, night: date, delivery: Delivery | None, run_slices: SliceMap) -> Counts:
        """The sketches; where an article of the night breaks them, the night is prepared anew without its record."""
        index, settings = self.index, self.settings
        sketch.sketch_nights(index, link.window_of(index, night, settings), settings, run_slices)
        while True:
            try:
                return sketch.sketch(index, night, settings, run_slices)
            except PoisonError as found:
                if delivery is None:
                    raise
                prepare.prepare(index, delivery, settings, run_slices, poison=found.records)
