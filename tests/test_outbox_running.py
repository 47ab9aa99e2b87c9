"""The timer as the processes that it is: two at once, and killed at every step of sending."""

import json
import signal
import subprocess

import pytest

from outbox.models import OutgoingMessage

from .running_site import command, manage, surroundings
from .smtp_server import BODY, CONNECT, DATA, EHLO, MAIL, QUIT, RCPT, MailServer, hang_up

State = OutgoingMessage.State

# A new queue.
ENQUEUE = """
from outbox.models import OutgoingMessage
OutgoingMessage.objects.all().delete()
for number in range({number}):
    OutgoingMessage.objects.enqueue(f"reader-{{number}}@example.org", f"Letter {{number}}", "Hello.")
"""
# A tick at once, and another when all claims have run out.
TICK_LATER = """
from django.core.management import call_command
from django.db.models import F
from outbox.models import LEASE, OutgoingMessage
call_command("tick")
OutgoingMessage.objects.update(claimed_at=F("claimed_at") - 2 * LEASE, due_at=F("due_at") - LEASE)
call_command("tick")
"""
STATES = """
import json
from outbox.models import OutgoingMessage
print(json.dumps(list(OutgoingMessage.objects.order_by("pk").values_list("message_id", "state"))))
"""


class Site:
    """A database of its own, and the timer that works on it."""

    def __init__(self, data, server, environment):
        self.data = data
        self.environment = environment | {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}
        self.run("migrate", "--verbosity", "0")

    def run(self, *arguments):
        result = manage(*arguments, data=self.data, **self.environment)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def shell(self, script):
        return self.run("shell", "--no-imports", "-c", script)

    def start_timer(self, *arguments):
        return subprocess.Popen(
            command("tick", *arguments), **surroundings(self.data, self.environment)
        )

    def states(self):
        """Return {Message-ID: state}, in the order of the messages."""
        return dict(json.loads(self.shell(STATES)))


@pytest.fixture
def server():
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def site(tmp_path, server, empty_database):
    return Site(tmp_path, server, empty_database)


def test_two_timers_at_once_send_each_message_once(site, server):
    site.shell(ENQUEUE.format(number=200))
    server.at[MAIL] = 0.03  # seconds: neither is done before the other has begun
    timers = [site.start_timer() for _ in range(2)]
    assert [timer.wait(timeout=60) for timer in timers] == [0, 0]
    assert set(site.states().values()) == {State.SENT}
    assert server.connections == 2  # neither of them had nothing to do
    assert server.ids() == dict.fromkeys(site.states(), 1)


def test_a_timer_killed_at_any_step_loses_nothing_and_sends_nothing_twice(site, server):
    for step in (CONNECT, EHLO, MAIL, RCPT, DATA, BODY, QUIT):
        site.shell(ENQUEUE.format(number=3))
        server.taken.clear()
        kill_timer_at(step, site, server)
        first, *others = states = json.loads(site.shell(TICK_LATER + STATES))

        undecidable = step in (DATA, BODY)
        assert [state for _, state in others] == [State.SENT] * 2, step
        assert first[1] == (State.UNCERTAIN if undecidable else State.SENT), step
        sent = others if undecidable else states
        assert server.ids() == {message_id: 1 for message_id, _ in sent}, step


def kill_timer_at(step, site, server):
    """Start a timer, and kill it while it waits for what the server says at ``step``."""
    timer = site.start_timer()

    def kill(conversation):
        timer.kill()
        timer.wait(timeout=10)
        server.at.clear()
        return hang_up(conversation)

    server.at[step] = kill
    assert timer.wait(timeout=30) == -signal.SIGKILL


def test_a_timer_told_to_end_finishes_the_message_at_hand(site, server):
    site.shell(ENQUEUE.format(number=3))
    timer = site.start_timer("--every", "1")

    def end(conversation):
        timer.terminate()
        server.at.clear()

    server.at[BODY] = end
    assert timer.wait(timeout=30) == 0
    assert list(site.states().values()) == [State.SENT, State.WAITING, State.WAITING]
