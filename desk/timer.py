"""How the timer fares and what became of the e-mail, for everybody at the desk."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.mail import get_connection
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from enquiries.recipients import mailbox_of_team
from outbox import smtp
from outbox.models import OutgoingMessage
from timer.jobs import Job, all_jobs
from timer.models import JobRecord

State = OutgoingMessage.State

# A tick comes every few seconds. After so long without one, nothing ticks any more.
STOPPED_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class JobState:
    """A job, and how it went last."""

    job: Job
    record: JobRecord

    @property
    def is_late(self):
        """Whether it has not succeeded for longer than it should."""
        last = self.record.succeeded_at
        return last is None or last < timezone.now() - self.job.late_after

    @property
    def has_failed(self):
        """Whether it has failed since it last succeeded."""
        failed, succeeded = self.record.failed_at, self.record.succeeded_at
        return failed is not None and (succeeded is None or failed > succeeded)


def job_states():
    """Return a JobState for each job of the timer."""
    records = JobRecord.objects.in_bulk()
    return [JobState(job, records.get(job.name, JobRecord(name=job.name))) for job in all_jobs()]


def warnings(jobs, request, site):
    """Return what staff should know at once of ``jobs`` and of the e-mail, as sentences."""
    shows_problem = may_see_messages(request, site)
    return [*warnings_of_jobs(jobs), *warnings_of_messages(), *difficulties(shows_problem)]


def notes():
    """Return what staff should know of how the site is set up, as sentences: nothing went wrong."""
    said = []
    if not isinstance(get_connection(), smtp.EmailBackend):
        said.append(
            "No mail server is set (EMAIL_URL): e-mail is printed where the site runs, and counts "
            "as sent."
        )
    if not mailbox_of_team():
        said.append(
            "No mailbox of the team is known: enquiries for which there is no nearer one wait at "
            "the desk, and no colleague is written to."
        )
    return said


def warnings_of_jobs(jobs):
    """Say that nothing runs; or else, which jobs do not succeed."""
    ran = [state.record.started_at for state in jobs if state.record.started_at]
    if not ran:
        return ["The timer has never run, so no e-mail is sent. Whoever runs the site starts it."]
    if max(ran) < timezone.now() - STOPPED_AFTER:
        return [
            f"The timer has not run since {moment(max(ran))}, so no e-mail is sent. "
            "Whoever runs the site has to start it again."
        ]
    return [
        f"“{state.job.title}” has {since(state.record.succeeded_at)}."
        for state in jobs
        if state.is_late and (state.has_failed or state.record.succeeded_at)
    ]


def warnings_of_messages():
    """Say how many messages are late, and how many somebody should look at."""
    numbers = by_state(OutgoingMessage.objects.unsettled())
    said = [(number, State(state).label) for state, number in numbers.items()]
    in_difficulty = OutgoingMessage.objects.in_difficulty()
    if late := OutgoingMessage.objects.late().exclude(pk__in=in_difficulty).count():
        said.append((late, "still waiting, for longer than usual"))
    return [f"{number} e-mail{'' if number == 1 else 's'}: {what}." for number, what in said]


def difficulties(shows_problem):
    """Say how many messages were tried more than once; and why in vain, if ``shows_problem``.

    The mail server's words may hold somebody's address, so they are not for everybody.
    """
    messages = OutgoingMessage.objects.in_difficulty()
    number = messages.count()
    problem = messages.order_by("-claimed_at").values_list("problem", flat=True).first()
    if not number:
        return []
    what = "1 e-mail could not be sent yet, and is tried again"
    if number > 1:
        what = f"{number} e-mails could not be sent yet, and are tried again"
    return [f"{what} (last problem: {problem})." if shows_problem and problem else f"{what}."]


def messages_by_state(request, site):
    """Return [(state, number, address)]; the address "" for those who may not see addresses."""
    numbers = by_state(OutgoingMessage.objects.all())
    may_look = may_see_messages(request, site)
    messages = reverse("admin:outbox_outgoingmessage_changelist", current_app=site.name)
    return [
        (state.label, numbers[state], f"{messages}?state__exact={state.value}" if may_look else "")
        for state in State
        if state in numbers
    ]


def may_see_messages(request, site):
    return site.get_model_admin(OutgoingMessage).has_view_permission(request)


def by_state(messages):
    """Return {state: number of messages in it}."""
    return dict(messages.order_by("state").values_list("state").annotate(Count("pk")))


def since(success):
    return f"not succeeded since {moment(success)}" if success else "never succeeded"


def moment(when):
    return date_format(timezone.localtime(when), "j F Y, H:i")
