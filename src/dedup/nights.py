"""The first three steps, night after night: while one night is linked, the next one is prepared.

Linking is the work of one process, preparing that of the workers, which would wait meanwhile. Sketches are made in
between, because an article that breaks them sends its night back to be prepared, on which the next night rests.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

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


@dataclass(frozen=True)
class Nights:
    """What the nights of a run are gone through with."""

    index: Index
    deliveries: dict[date, Delivery]
    settings: Settings
    spoken: Spoken
    do: Do

    def through(self, nights: list[date], run_slices: SliceMap, beside: ThreadPoolExecutor | None) -> None:
        """The three steps for each of `nights`, oldest first; `beside` prepares ahead, if there is a worker for it.

        A night without a delivery stays as it was prepared: a verdict reaches back to nights whose files are gone.
        """
        coming: Future[Counts] | None = None
        for night, after in zip_longest(nights, nights[1:]):
            delivery = self.deliveries.get(night)
            if delivery is not None:
                self.do("prepare", night, coming.result if coming else self._preparing(delivery, run_slices))
            self._sketch(night, delivery, run_slices)
            ahead, here = self.deliveries.get(after), copy_context()  # by which a rim knows whose progress it is told
            coming = beside.submit(here.run, self._preparing(ahead, run_slices)) if beside and ahead else None
            self.do("link", night, self._linking(night))

    def _preparing(self, delivery: Delivery, run_slices: SliceMap) -> Work:
        return lambda: prepare.prepare(self.index, delivery, self.settings, run_slices)

    def _linking(self, night: date) -> Work:
        return lambda: link.link(self.index, night, self.settings, self.spoken)

    def _sketch(self, night: date, delivery: Delivery | None, run_slices: SliceMap) -> None:
        """Sketches are made for linking: a night that stays linked needs none."""
        is_linked = self.index.is_done(night, "link", link.link_digest(self.index, night, self.spoken))
        work = Counts if is_linked else lambda: self._sketched(night, delivery, run_slices)
        self.do("sketch", night, work)

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
