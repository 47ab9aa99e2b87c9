"""What is due is done, once; what fails is written down, and stops nothing else."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from finder.models import UnansweredQuery
from mi_site.jobs import JOBS
from outbox.models import LATE_AFTER, OutgoingMessage
from partners.models import Partnership
from timer import shutdown
from timer.jobs import Job, JobProblem, tick
from timer.models import JobRecord

from .running_site import PROJECT, manage, running_site

pytestmark = pytest.mark.django_db

DAILY = timedelta(days=1)
PAGE = "/admin/timer/"
INDEX = "/admin/"


def job(name="a-job", run=lambda: "done", every=DAILY):
    return Job(name, name.title(), run, every)


def fail():
    raise ValueError("ada@example.org is no number")


def let_pass(time):
    """Make all that is on record older by ``time``."""
    for record in JobRecord.objects.all():
        for name in ("started_at", "succeeded_at", "failed_at"):
            if moment := getattr(record, name):
                setattr(record, name, moment - time)
        record.save()


# Running jobs


def test_a_daily_job_runs_once_a_day():
    ran = []
    daily = job(run=lambda: ran.append(1))
    for _ in range(3):
        tick([daily])
    assert len(ran) == 1
    let_pass(DAILY)
    tick([daily])
    assert len(ran) == 2


def test_a_job_that_another_tick_has_claimed_meanwhile_is_not_run_again():
    ran = []
    second = job("second", run=lambda: ran.append(1))
    # While the first job runs, another timer ticks.
    first = job("first", run=lambda: tick([second]))
    tick([first, second])
    assert len(ran) == 1


def test_a_job_that_fails_is_written_down_and_stops_no_other():
    broken = job("broken", run=fail)
    assert tick([broken, job("sound")]) == [broken]
    record = JobRecord.objects.get(name="broken")
    assert record.failed_at
    assert record.succeeded_at is None
    assert record.problem.startswith("ValueError in test_timer.py, line ")
    assert JobRecord.objects.get(name="sound").done == "done"


def test_what_a_job_says_of_its_problem_is_kept_as_it_is():
    def complain():
        raise JobProblem("The mail server cannot be used.")

    tick([job(run=complain)])
    assert JobRecord.objects.get().problem == "The mail server cannot be used."


def test_nobody_is_named_in_the_log_or_on_record(caplog):
    tick([job(run=fail)])
    [line] = caplog.messages
    assert line.startswith("The job a-job failed: ValueError in test_timer.py")
    assert "ada" not in caplog.text + JobRecord.objects.get().problem


def test_a_daily_job_that_failed_is_tried_again_the_same_day():
    outcomes = [fail, lambda: "done"]
    flaky = job(run=lambda: outcomes.pop(0)())
    assert tick([flaky]) == [flaky]
    tick([flaky])
    assert len(outcomes) == 1
    let_pass(timedelta(minutes=15))
    assert tick([flaky]) == []
    assert outcomes == []


def test_a_timer_told_to_end_begins_no_other_job(monkeypatch):
    told = type(shutdown.requested)()
    monkeypatch.setattr(shutdown, "requested", told)
    tick([job("first", run=told.set), job("second")])
    assert list(JobRecord.objects.values_list("name", flat=True)) == ["first"]


# What this site does


def test_each_job_has_a_name_of_its_own_and_says_what_it_did():
    assert len({one.name for one in JOBS}) == len(JOBS)
    assert tick(JOBS) == []
    assert set(JobRecord.objects.exclude(done="").values_list("name", flat=True)) == {
        one.name for one in JOBS
    }


def test_the_timer_sends_e_mail_in_the_name_of_the_partnership(mailoutbox):
    Partnership.objects.update(name="Two Rivers, a partnership")
    OutgoingMessage.objects.enqueue("reader@example.org", "Letter", "Hello.\n")
    tick(JOBS)
    [message] = mailoutbox
    assert message.from_email == '"Two Rivers, a partnership" <website@localhost>'


def test_the_timer_deletes_sessions_that_have_ended_and_old_unanswered_queries(settings):
    session = SessionStore()
    session.set_expiry(-1)
    session.save()
    old = timezone.now() - timedelta(days=settings.UNANSWERED_QUERY_DAYS + 1)
    UnansweredQuery.objects.create(text="dragons", last_asked=old)
    tick(JOBS)
    assert not Session.objects.exists()
    assert not UnansweredQuery.objects.exists()


def test_a_tick_with_nothing_due_costs_few_queries():
    tick(JOBS)
    with CaptureQueriesContext(connection) as captured:
        tick(JOBS)
    assert len(captured) <= 4 * len(JOBS)


# As a process


def test_tick_says_which_job_failed_and_that_it_did(tmp_path, empty_database):
    environment = empty_database | {"EMAIL_URL": "smtp://127.0.0.1:1"}
    manage("migrate", "--verbosity", "0", data=tmp_path, **environment)
    assert manage("tick", data=tmp_path, **environment).returncode == 0
    enqueue = "OutgoingMessage.objects.enqueue('reader@example.org', 'Letter', 'Hello.')"
    manage("shell", "-c", enqueue, data=tmp_path, **environment)
    result = manage("tick", data=tmp_path, **environment)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "CommandError: Failed: mail."


def test_a_timer_outlives_a_database_that_is_away(tmp_path):
    timer = subprocess.Popen(
        [sys.executable, PROJECT / "manage.py", "tick", "--every", "1"],
        env={"DATA": str(tmp_path)},  # and no tables in it yet
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "The timer cannot use the database, and tries again" in timer.stderr.readline()
    assert manage("migrate", "--verbosity", "0", data=tmp_path).returncode == 0
    code = "print(JobRecord.objects.count())"
    assert wait_until(lambda: manage("shell", "-c", code, data=tmp_path).stdout.split()[-1] != "0")
    timer.terminate()
    timer.communicate(timeout=10)
    assert timer.returncode == 0


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """One folder for all sites of this file: the static files are collected once."""
    return tmp_path_factory.mktemp("data")


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_the_timer_of_a_site_ends_with_it(data, empty_database, end):
    with running_site(data, **empty_database) as (site, _):
        assert wait_until(lambda: timers_of(data))
        getattr(site, end)()
        site.wait(timeout=30)
        assert wait_until(lambda: not timers_of(data))


def test_a_timer_whose_site_ended_before_it_was_ready_ends_too(tmp_path):
    result = manage("tick", "--every", "60", "--parent", "1", data=tmp_path)
    assert result.returncode == 0


def test_a_site_outlives_its_timer(data, empty_database):
    with running_site(data, **empty_database) as (site, _):
        assert wait_until(lambda: timers_of(data))
        os.kill(timers_of(data)[0], signal.SIGKILL)
        assert wait_until(lambda: not timers_of(data))
        time.sleep(1)
        assert site.poll() is None


def test_a_site_starts_without_a_timer_if_told_so(data, empty_database):
    with running_site(data, TIMER="0", **empty_database):
        assert timers_of(data) == []


def timers_of(data):
    """Return the process ids of the timers that work on that folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            words = (process / "cmdline").read_bytes().split(b"\0")
            environment = (process / "environ").read_bytes().split(b"\0")
            if b"tick" in words and f"DATA={data}".encode() in environment:
                found.append(int(process.name))
    return found


def wait_until(is_so, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.1)
    return False


# At the desk


def warnings_at(client, page):
    return [str(warning) for warning in client.get(page).context[WARNINGS[page]]]


WARNINGS = {PAGE: "warnings", INDEX: "timer_warnings"}
both = pytest.mark.parametrize("page", [PAGE, INDEX])


@both
def test_the_desk_says_that_the_timer_has_never_run(admin_client, page):
    assert warnings_at(admin_client, page) == [
        "The timer has never run, so no e-mail is sent. Whoever runs the site starts it."
    ]


@both
def test_the_desk_is_quiet_while_all_is_well(admin_client, page):
    tick(JOBS)
    assert warnings_at(admin_client, page) == []
    html = admin_client.get(page).content.decode()
    assert "errornote" not in html
    assert "All is well" in html or "no e-mail needs attention" in html


@both
def test_the_desk_turns_red_when_the_timer_has_stopped(admin_client, page):
    tick(JOBS)
    let_pass(timedelta(minutes=3))
    [warning] = warnings_at(admin_client, page)
    assert warning.startswith("The timer has not run since ")
    assert f'<p class="errornote">{warning}' in admin_client.get(page).content.decode()


@both
def test_the_desk_turns_red_when_a_job_has_not_succeeded_for_too_long(admin_client, page):
    tick(JOBS)
    JobRecord.objects.filter(name="mail").update(succeeded_at=timezone.now() - timedelta(minutes=3))
    [warning] = warnings_at(admin_client, page)
    assert warning.startswith("“E-mail” has not succeeded since ")


@both
def test_staff_are_told_of_what_failed_is_uncertain_or_late(admin_client, page):
    tick(JOBS)
    states = OutgoingMessage.State
    for state in (states.FAILED, states.UNCERTAIN, states.WAITING, states.SENT):
        message = OutgoingMessage.objects.enqueue("reader@example.org", "Letter", "Hello.")
        OutgoingMessage.objects.filter(pk=message.pk).update(
            state=state, queued_at=timezone.now() - LATE_AFTER - timedelta(seconds=1)
        )
    assert sorted(warnings_at(admin_client, page)) == [
        "1 e-mail: could not be sent.",
        "1 e-mail: may have been sent.",
        "1 e-mail: still waiting, for longer than usual.",
    ]
    OutgoingMessage.objects.update(dealt_with=True, state=states.FAILED)
    assert warnings_at(admin_client, page) == []


def in_difficulty(number=3):
    """Queue messages that were tried twice and wait, the last of them refused as too many."""
    for count in range(number):
        OutgoingMessage.objects.enqueue("reader@example.org", "Letter", "Hello.")
        OutgoingMessage.objects.filter(tries=0).update(
            tries=2,
            due_at=timezone.now() + timedelta(minutes=5),
            queued_at=timezone.now() - LATE_AFTER - timedelta(seconds=1),
            claimed_at=timezone.now(),
            problem=f"450 <reader@example.org> no. {count + 1}",
        )


@both
def test_staff_are_told_of_what_was_tried_twice_and_why_only_if_they_may_see_it(
    admin_client, client, django_user_model, page
):
    in_difficulty()
    tick(JOBS)
    assert JobRecord.objects.get(name="mail").done == "nothing due; 3 wait for the next try"
    told = "3 e-mails could not be sent yet, and are tried again"
    assert warnings_at(admin_client, page) == [
        f"{told} (last problem: 450 <reader@example.org> no. 3)."
    ]
    client.force_login(django_user_model.objects.create_user("ada", is_staff=True))
    assert warnings_at(client, page) == [f"{told}."]
    assert "reader@example.org" not in client.get(page).content.decode()
    OutgoingMessage.objects.update(tries=1, queued_at=timezone.now())
    assert warnings_at(client, page) == []


@both
def test_staff_are_told_that_e_mail_is_only_printed(admin_client, page, settings):
    told = "<p>No mail server is set (EMAIL_URL): e-mail is printed where the site runs"
    assert told in admin_client.get(page).content.decode()
    settings.EMAIL_BACKEND = "outbox.smtp.EmailBackend"
    assert told not in admin_client.get(page).content.decode()


@both
def test_staff_are_told_that_the_team_has_no_mailbox(admin_client, page, settings):
    told = "<p>No mailbox of the team is known"
    assert told in admin_client.get(page).content.decode()
    settings.TEAM_EMAIL = "team@example.org"
    assert told not in admin_client.get(page).content.decode()


def test_the_page_shows_the_last_success_and_the_last_failure_of_each_job(admin_client):
    tick(JOBS)
    JobRecord.objects.filter(name="mail").update(
        done="3 sent", failed_at=timezone.now(), problem="The mail server cannot be used."
    )
    html = admin_client.get(PAGE).content.decode()
    assert "E-mail (failed)" in html
    assert "3 sent" in html
    assert "The mail server cannot be used." in html


def test_everybody_at_the_desk_sees_the_state_and_only_some_get_to_the_messages(
    client, django_user_model
):
    OutgoingMessage.objects.enqueue("reader@example.org", "Letter", "Hello.")
    ada = django_user_model.objects.create_user("ada", password="x", is_staff=True)
    client.force_login(ada)
    messages = reverse("admin:outbox_outgoingmessage_changelist")
    html = client.get(PAGE).content.decode()
    assert "Waiting to be sent" in html
    assert messages not in html
    assert "reader@example.org" not in html
    ada.user_permissions.add(Permission.objects.get(codename="view_outgoingmessage"))
    link = f'<a href="{messages}?state__exact=waiting">Waiting to be sent</a>'
    assert link in client.get(PAGE).content.decode()


def test_visitors_do_not_see_it(client):
    response = client.get(PAGE)
    assert response.status_code == 302
    assert response.url.startswith(reverse("admin:login"))


@both
def test_it_takes_as_many_queries_however_many_messages_there_are(admin_client, page):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(page)
        return len(captured)

    tick(JOBS)
    queries()  # what Django looks up only once
    before = queries()
    for _ in range(20):
        OutgoingMessage.objects.enqueue("reader@example.org", "Letter", "Hello.")
    in_difficulty()
    assert queries() == before
