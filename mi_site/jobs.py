"""What the timer does: at each tick, every hour, once a day."""

from datetime import timedelta
from email.utils import formataddr

from django.conf import settings
from django.core.management import call_command

from enquiries import leaving, purging
from enquiries.models import Submission
from finder.models import UnansweredQuery
from outbox import sending
from partners.models import Partnership
from publishing import retention, reviews, workflow
from timer.jobs import Job

EACH_MINUTE = timedelta(minutes=1)
HOURLY = timedelta(hours=1)
DAILY = timedelta(days=1)


def send_mail():
    partnership = Partnership.objects.only("name").first()
    name = partnership.name if partnership else ""
    return sending.send_due(formataddr((name, settings.DEFAULT_FROM_EMAIL)))


def carry_out_departures():
    return f"{leaving.carry_out_due()} carried out"


def carry_out_plans():
    done, refused = workflow.carry_out_due()
    return f"{done} carried out, {refused} refused"


def mark_overdue_reviews():
    return f"{reviews.mark_overdue()} marks changed"


def purge_history():
    return f"{retention.purge()} deleted, {retention.clear_tokens()} links cleared"


def end_absences():
    return f"{leaving.end_absences()} ended"


def purge_enquiries():
    return f"{purging.purge()} deleted"


def purge_submissions():
    return f"{Submission.objects.purge()} deleted"


def purge_unanswered_queries():
    return f"{UnansweredQuery.objects.purge()} deleted"


def clear_sessions():
    call_command("clearsessions")
    return "ended ones deleted"


JOBS = [
    Job("departures", "People who leave", carry_out_departures),
    Job("absences", "People who are back", end_absences),
    Job("plans", "What is planned to be published or taken down", carry_out_plans),
    Job("mail", "E-mail", send_mail),
    Job("reviews", "Reviews that are overdue", mark_overdue_reviews, EACH_MINUTE),
    Job("enquiries", "Enquiries kept long enough", purge_enquiries, HOURLY),
    Job("submissions", "Traces of who used the form", purge_submissions, HOURLY),
    Job("unanswered-queries", "Unanswered queries of long ago", purge_unanswered_queries, DAILY),
    Job("history", "History kept long enough", purge_history, DAILY),
    Job("sessions", "Sessions that have ended", clear_sessions, DAILY),
]
