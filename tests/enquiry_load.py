"""What `make enquiry-load` runs: 1,000 enquiries from 20 clients at once, while the timer sends.

    python -m tests.enquiry_load [number of enquiries]

On each database that this machine has, first with a mail server and then with one that is away and
comes back. It prints what was stored and sent, and how long a visitor waited for the reference.
"""

import json
import re
import statistics
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email.utils import parseaddr
from http.cookiejar import CookieJar

from .postgres import find_binaries, temporary_cluster
from .running_site import manage, running_site
from .smtp_server import MailServer

CLIENTS = 20
PAUSE = 3.2  # seconds: whoever sends a form faster than a person could is taken for spam
PATIENCE = 300  # seconds until everything has to be sent

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
REFERENCE = re.compile(r"Your reference: ([0-9A-Z]{4}-[0-9A-Z]{4})")

COUNT = """
import json
from django.db.models import Count
from enquiries.models import Enquiry
from outbox.models import OutgoingMessage
count = lambda rows: dict(rows.order_by("state").values_list("state").annotate(Count("pk")))
print(json.dumps([count(Enquiry.objects.all()), count(OutgoingMessage.objects.all())]))
"""


def main(number):
    failed = on_database("SQLite", {}, number)
    if find_binaries():
        with temporary_cluster() as database_url:
            failed |= on_database("PostgreSQL", {"DATABASE_URL": database_url}, number)
    else:
        say("Left out: PostgreSQL, which is not installed (apt install postgresql).")
    return failed


def on_database(name, environment, number):
    """Measure both cases on one database; return whether anything was lost or doubled."""
    server = MailServer()
    environment = environment | {
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "TEAM_EMAIL": "team@example.org",
        "TRUSTED_PROXIES": "1",
    }
    with tempfile.TemporaryDirectory() as data, running_site(data, **environment) as (_, address):
        server.start()
        waits = send_all(address, "up", number)
        report(f"{name}, mail server up", waits)
        settled = wait_until_sent(data, environment, 1 * number)
        server.stop()
        waits = send_all(address, "away", number)
        report(f"{name}, mail server away", waits)
        server.start()
        settled = wait_until_sent(data, environment, 2 * number)
        server.stop()
    return tell(settled, server, 2 * number)


def send_all(address, run, number):
    """Send ``number`` enquiries from all clients at once; return {reference: seconds until it came}."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        shares = clients.map(
            lambda client: visit(address, run, range(client, number, CLIENTS)), range(CLIENTS)
        )
        return [wait for share in shares for wait in share]


def visit(address, run, numbers):
    """Open a form for each of ``numbers``, as in so many tabs; then send one after the other."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    forms = [dict(HIDDEN.findall(fetch(browser, f"{address}/enquire/", each))) for each in numbers]
    time.sleep(PAUSE)
    waits = []
    for each, hidden in zip(numbers, forms, strict=True):
        typed = {
            "name": f"Reader {each}",
            "email": f"reader-{run}-{each}@example.org",
            "text": f"Question {each}: whom should I ask about this?",
        }
        began = time.monotonic()
        page = fetch(browser, f"{address}/enquire/", each, hidden | typed)
        [reference] = set(REFERENCE.findall(page))
        waits.append((reference, time.monotonic() - began))
    return waits


def fetch(browser, address, number, form=None):
    network = f"10.{number // 250 % 250}.{number % 250}.1"
    request = urllib.request.Request(
        address,
        data=form and urllib.parse.urlencode(form).encode(),
        headers={"X-Forwarded-For": network},
    )
    with browser.open(request, timeout=60) as response:
        return response.read().decode()


def report(what, waits):
    seconds = sorted(wait for _, wait in waits)
    references = len({reference for reference, _ in waits})
    last = seconds[-1]
    often = statistics.quantiles(seconds, n=20)[-1]
    say(
        f"{what}: {references} references; until the visitor has it: median "
        f"{1000 * statistics.median(seconds):.0f} ms, 95 % within {1000 * often:.0f} ms, "
        f"all within {1000 * last:.0f} ms"
    )


def wait_until_sent(data, environment, number):
    """Return the (states of enquiries, states of messages) when nothing is left to send."""
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE:
        result = manage("shell", "--no-imports", "-c", COUNT, data=data, **environment)
        enquiries, messages = json.loads(result.stdout)
        # One to the team and one to the visitor for each.
        if messages.get("sent", 0) == 2 * number:
            break
        time.sleep(2)
    say(f"  {time.monotonic() - began:.0f} s later: {enquiries} enquiries, {messages} messages")
    return enquiries, messages


def tell(settled, server, number):
    """Print what was taken by the mail server; return whether that is wrong."""
    enquiries, messages = settled
    recipients = Counter(parseaddr(message["To"])[1] for message in server.taken)
    visitors = sum(address.startswith("reader-") for address in recipients)
    doubled = sum(times > 1 for times in server.ids().values())
    say(
        f"  in all: {sum(enquiries.values())} stored, {len(server.ids())} messages taken, "
        f"{visitors} visitors written to, {doubled} messages twice"
    )
    return (
        enquiries != {"new": number}
        or messages != {"sent": 2 * number}
        or len(server.ids()) != 2 * number
        or visitors != number
        or bool(doubled)
    )


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1000))
