"""An enquiry about ERA, from its page to the answer in the visitor's mailbox, and what they say of it."""

import re
import time

import pytest

from tests.running_site import manage, running_site
from tests.smtp_server import MailServer

from .test_desk import PASSWORD, sign_in

TEAM = "team@partnership.example"
VISITOR = "jo@keele.example"
STAFF = f"""
from django.contrib.auth.models import User
User.objects.create_superuser("ada", password="{PASSWORD}")
"""


@pytest.fixture
def mail_server():
    server = MailServer()
    server.start()
    yield server
    server.stop()


def letter_to(mail_server, address, seconds=40):
    """Return the words of the newest letter to ``address``, which the timer may have yet to send."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for message in reversed(mail_server.taken):
            if message["To"] == address:
                mail_server.taken.remove(message)
                return message.get_payload(decode=True).decode()
        time.sleep(0.2)
    raise AssertionError(f"No letter came to {address}.")


def test_somebody_asks_about_era_from_its_page_and_is_answered(browser, tmp_path, mail_server):
    settings = {"EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}", "TEAM_EMAIL": TEAM}
    with running_site(tmp_path, **settings) as (_, address):
        assert manage("shell", "-v", "0", "-c", STAFF, data=tmp_path).returncode == 0
        with browser.new_context(base_url=address) as context:
            reference = ask_about_era(context.new_page())
            assert reference in letter_to(mail_server, VISITOR)
            forwarded = letter_to(mail_server, TEAM)
            assert "Who can tell me about freight?" in forwarded
            [enquiry] = re.findall(r"http\S+/change/", forwarded)
            answer_at(context.new_page(), enquiry)
            answer = letter_to(mail_server, VISITOR)
            assert "Ask at Keele." in answer
            [feedback] = re.findall(r"http\S+/answered/", answer)
            page = context.new_page()
            page.goto(feedback)
            page.get_by_role("button", name="Yes, it helped").click()
            assert "Nothing more is to be done" in page.locator("main").inner_text()


def ask_about_era(page):
    page.goto("/programmes/era/")
    page.locator(".contact-route").get_by_role("link", name="Write to").click()
    assert "Energy Research Accelerator" in page.locator("main").inner_text()
    page.get_by_label("Your name").fill("Jo Researcher")
    page.get_by_label("Your e-mail address").fill(VISITOR)
    page.get_by_label("Your message").fill("Who can tell me about freight?")
    page.wait_for_timeout(3100)  # nobody types all that faster
    page.get_by_role("button", name="Send your message").click()
    page.wait_for_url("**/enquire/*/")
    return re.search(r"\w{4}-\w{4}", page.locator("h2").first.inner_text())[0]


def answer_at(page, enquiry):
    page.goto(enquiry)
    sign_in(page)
    page.get_by_role("link", name="Answer…").click()
    page.get_by_label("Your answer").fill("Ask at Keele.")
    page.get_by_role("button", name="Send this answer").click()
    page.get_by_text("is on its way").wait_for()
