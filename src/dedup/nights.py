"""The first three steps, night after night: while one night is linked, the next ones are prepared and sketched.

Linking is the work of one process, the other two are that of the workers, which would wait meanwhile. Reading,
preparing and sketching go on side by side, each with its nights in order: a small night is one slice to clean, and
one to sketch.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from dedup import link, prepare, sketch
from dedup.index import Counts, Index
from dedup.parallel import SliceMap
from dedup.persons.spoken import Spoken
from dedup.poison import Poison, PoisonError
from dedup.settings import Settings
from dedup.survey import Delivery

Work = Callable[[], Counts]

Do = Callable[[str, date | None, Work], Counts]
"""How a rim carries out one step, given its name and night: plainly, with a bar, as a Prefect task."""

AHEAD = 2
"""Nights begun while one is linked: one may take longer to link, another to prepare."""


@dataclass
class Lane:
    """A thread in which work goes on in its order; what comes after a failure is not done, and fails with it."""

    thread: ThreadPoolExecutor
    last: Future[Counts] | None = None

    def begin(self, work: Work, *after: Future[Counts]) -> Future[Counts]:
        """Its counts, when they are there; it waits for what it comes `after`, too."""
        before = [*after, *([self.last] if self.last else [])]
        here = copy_context()  # by which a rim knows whose progress it is told

        def done() -> Counts:
            for one in before:
                one.result()
            return here.run(work)

        self.last = self.thread.submit(done)
        return self.last


@dataclass
class Ahead:
    """The nights that are begun before their turn."""

    read: Lane
    prepare: Lane
    sketch: Lane
    begun: dict[date, list[Future[Counts]]] = field(default_factory=dict)

    def begin(self, night: date, read: Work, prepare: Work, sketch: Work) -> None:
        """Begin a night, unless it is begun already."""
        if night not in self.begun:
            first = self.read.begin(read)
            second = self.prepare.begin(prepare, first)
            self.begun[night] = [first, second, self.sketch.begin(sketch, second)]

    def give_up(self) -> None:
        """Nothing goes on when this returns, and no night is begun."""
        waiting = [future for futures in self.begun.values() for future in futures]
        for future in waiting:
            future.cancel()
        wait(waiting)
        self.begun.clear()
        for lane in (self.read, self.prepare, self.sketch):
            lane.last = None


@contextmanager
def lanes() -> Iterator[Ahead]:
    """Three lanes; at the end of the block they are waited for."""
    with ExitStack() as threads:
        reading, preparing, sketching = (Lane(threads.enter_context(ThreadPoolExecutor(1))) for _ in range(3))
        yield Ahead(reading, preparing, sketching)


@dataclass(frozen=True)
class Nights:
    """What the nights of a run are gone through with; with `ahead` some are begun before their turn."""

    index: Index
    deliveries: dict[date, Delivery]
    settings: Settings
    spoken: Spoken
    do: Do
    run_slices: SliceMap
    ahead: Ahead | None = None

    def through(self, nights: list[date]) -> None:
        """The three steps for each of `nights`, oldest first.

        A night without a delivery stays as it was prepared: a verdict reaches back to nights whose files are gone.
        """
        window = link.window_of(self.index, nights[0], self.settings) if nights else []
        sketch.sketch_nights(self.index, window, self.settings, self.run_slices)  # they may be retired
        for at, night in enumerate(nights):
            prepared: Work = partial(self._prepared, night)
            sketched: Work = partial(self._sketched, night)
            if self.ahead:
                for one in nights[at : at + 1 + AHEAD]:
                    steps = (self._read, self._prepared, self._sketched)
                    self.ahead.begin(one, *(partial(step, one) for step in steps))
                _, prepared, sketched = (future.result for future in self.ahead.begun.pop(night))
            if night in self.deliveries:
                self.do("prepare", night, prepared)
            self.do("sketch", night, partial(self._sketched_after_all, night, sketched))
            self.do("link", night, partial(link.link, self.index, night, self.settings, self.spoken))

    def _read(self, night: date) -> Counts:
        delivery = self.deliveries.get(night)
        return prepare.read_ahead(self.index, delivery, self.settings, self.run_slices) if delivery else {}

    def _prepared(self, night: date, poison: Sequence[Poison] = ()) -> Counts:
        delivery = self.deliveries.get(night)
        if delivery is None:
            return {}
        return prepare.prepare(self.index, delivery, self.settings, self.run_slices, poison=poison)

    def _sketched(self, night: date) -> Counts:
        return sketch.sketch(self.index, night, self.settings, self.run_slices)

    def _sketched_after_all(self, night: date, sketched: Work) -> Counts:
        """The sketches; where an article of the night breaks them, the night is prepared anew without its record.

        The nights after it rest on what it was: they are begun again.
        """
        while True:
            try:
                return sketched()
            except PoisonError as found:
                if night not in self.deliveries:
                    raise
                if self.ahead:
                    self.ahead.give_up()
                self._prepared(night, found.records)
                sketched = partial(self._sketched, night)
