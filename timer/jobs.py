"""What the timer does: jobs that come due, each run by one process at a time, each failure noted."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from . import shutdown
from .models import JobRecord

logger = logging.getLogger(__name__)

EACH_TICK = timedelta(0)
RETRY = timedelta(minutes=15)  # a job that failed does not wait for its day


class JobProblem(Exception):
    """A job could not do its work, for a reason that staff are shown as it is written."""


@dataclass(frozen=True)
class Job:
    """One thing to do again and again.

    ``run`` takes nothing and returns in a few words what it did. A job of EACH_TICK may run in two
    processes at once, and must be safe then; any other is run by whoever claims it first.
    """

    name: str
    title: str
    run: Callable[[], str]
    every: timedelta = EACH_TICK

    @property
    def late_after(self):
        """How long after its last success staff should hear that it has none."""
        return max(2 * self.every, timedelta(minutes=2))


def all_jobs():
    """Return the jobs of this site, in the order in which they run."""
    return import_string(settings.TIMER_JOBS)


def tick(jobs):
    """Run those of ``jobs`` that are due; return those that failed.

    Raises django.db.Error only if nothing can be written down.
    """
    failed = []
    for job in jobs:
        if shutdown.requested.is_set():
            break
        if claim(job) and not has_run(job):
            failed.append(job)
    return failed


def claim(job):
    """Take ``job`` if it is due; return whether it was, and nobody else took it."""
    now = timezone.now()
    JobRecord.objects.get_or_create(name=job.name)
    never = Q(started_at=None)
    due = Q(started_at__lte=now - job.every)
    failed = Q(failed_at__isnull=False) & (
        Q(succeeded_at=None) | Q(failed_at__gt=F("succeeded_at"))
    )
    retry = failed & Q(started_at__lte=now - RETRY)
    records = JobRecord.objects.filter(never | due | retry, name=job.name)
    return bool(records.update(started_at=now))


def has_run(job):
    """Run ``job``, and write down how that went; return whether it succeeded."""
    records = JobRecord.objects.filter(name=job.name)
    try:
        done = job.run()
    except Exception as error:
        problem = described(error)
        logger.error("The job %s failed: %s", job.name, problem)
        records.update(failed_at=timezone.now(), problem=problem)
        return False
    records.update(succeeded_at=timezone.now(), done=str(done)[:200])
    return True


def described(error):
    """Return what went wrong, without the words of ``error``: they may be somebody's."""
    if isinstance(error, JobProblem):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
