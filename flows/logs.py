"""What a run's log leaves out, so that its figures and its sentences are found."""

import logging

from dedup.errors import DedupError

RUNS = ("prefect.flow_runs", "prefect.task_runs")


class OnlyNews(logging.Filter):
    """Without the states of finished tasks, which the page shows, and without tracebacks of what a person must mend.

    A refusal is one sentence, which `steps.ended` logs. Prefect adds it five times more, three of them with 40 lines
    of its own code. What waits for another attempt stays, and so does every error that nobody foresaw.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is news."""
        error = record.exc_info[1] if record.exc_info else None
        is_refusal, is_state = isinstance(error, DedupError), record.getMessage().startswith("Finished in state")
        return not (is_refusal or is_state)


def only_news() -> None:
    """Filter the logs of runs, once. By the loggers' names: Prefect is imported later, and keeps the filters."""
    for name in RUNS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, OnlyNews) for known in logger.filters):
            logger.addFilter(OnlyNews())
