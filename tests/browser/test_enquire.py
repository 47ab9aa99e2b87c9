"""A message from its first word to the question whether its answer helped, by the keyboard alone."""

import re

import pytest

from tests.running_site import manage, running_site

from .test_finder import tab_to
from .test_pages import LOOKS, violations

TYPED = {"Your name": "Jo Researcher", "Your message": "Who can tell me about freight?"}


@pytest.fixture
def visitor(browser, site):
    """A page 320 px wide of a browser without scripts."""
    with browser.new_context(
        base_url=site, java_script_enabled=False, viewport={"width": 320, "height": 700}
    ) as context:
        yield context.new_page()


def fill_in(page, label, words):
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(words)


def press(page, button):
    tab_to(page, page.get_by_role("button", name=button))
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.accessibility
def test_somebody_writes_with_the_keyboard_alone_in_a_narrow_window(visitor):
    visitor.goto("/enquire/?programme=mi-health")
    press(visitor, "Send your message")
    assert visitor.title().startswith("Error: ")
    summary = visitor.locator("[role=alert]")
    assert summary.and_(visitor.locator(":focus")).count() == 1
    tab_to(visitor, summary.get_by_role("link").first)
    visitor.keyboard.press("Enter")
    assert visitor.get_by_label("Your name").and_(visitor.locator(":focus")).count() == 1
    visitor.keyboard.type(TYPED["Your name"])
    fill_in(visitor, "Your e-mail address", "jo at keele")
    fill_in(visitor, "Your message", TYPED["Your message"])
    press(visitor, "Send your message")
    assert summary.and_(visitor.locator(":focus")).count() == 1
    assert visitor.locator("#id_email_error").is_visible()
    for label, words in TYPED.items():
        assert visitor.get_by_label(label, exact=True).input_value() == words
    email = visitor.get_by_label("Your e-mail address")
    tab_to(visitor, email)
    email.press("Control+A")
    visitor.keyboard.type("jo@keele.example")
    visitor.wait_for_timeout(3100)  # nobody types all that faster
    press(visitor, "Send your message")
    visitor.wait_for_url("**/enquire/*/")
    assert re.search(r"Your reference: \w{4}-\w{4}", visitor.locator("h2").first.inner_text())
    assert "Alex Archibald" in visitor.locator("main").inner_text()


@pytest.mark.accessibility
def test_axe_finds_nothing_on_a_form_with_errors_nor_on_what_follows_it(browser_page):
    browser_page.goto("/enquire/?programme=mi-health&at=keele&q=trials")
    browser_page.get_by_role("button", name="Send your message").click()
    assert_accessible(browser_page)
    browser_page.get_by_label("Your name").fill("Jo Researcher")
    browser_page.get_by_label("Your e-mail address").fill("jo@keele.example")
    browser_page.get_by_label("Your message").fill("Who can tell me about trials?")
    browser_page.locator("input[name=form]").evaluate("field => field.value = 'damaged'")
    browser_page.get_by_role("button", name="Send your message").click()
    assert "Not sent yet" in browser_page.locator("[role=alert]").inner_text()
    assert_accessible(browser_page)
    # As a browser may that fills in all it finds: so somebody is taken for a program.
    browser_page.locator("#part\\:trap").evaluate("field => field.value = 'x'")
    browser_page.get_by_role("button", name="Send your message").click()
    browser_page.wait_for_url("**/enquire/*/")
    assert_accessible(browser_page)
    browser_page.get_by_role("button", name="I am a person: pass it on").click()
    assert "Thank you" in browser_page.locator("h1").inner_text()
    assert_accessible(browser_page)


def assert_accessible(page):
    for width, look in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(**look)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == [], (width, look)


def test_the_trap_is_no_stop_and_no_field_that_anybody_sees(browser_page):
    browser_page.goto("/enquire/")
    assert not browser_page.locator("#part\\:trap").is_visible()
    browser_page.evaluate("document.styleSheets[0].disabled = true")
    assert not browser_page.locator("#part\\:trap").is_visible()
    assert "Leave this empty" not in browser_page.locator("form.form").aria_snapshot()


def test_without_cookies_the_form_says_so_and_keeps_what_was_typed(browser, site):
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        page.goto("/enquire/")
        page.get_by_label("Your name").fill("Jo Researcher")
        page.get_by_label("Your message").fill("Who can tell me about trials?")
        for _ in range(2):
            context.clear_cookies()
            page.get_by_role("button", name="Send your message").click()
            assert "the one cookie" in page.locator("[role=alert]").inner_text()
            assert page.get_by_label("Your name").input_value() == "Jo Researcher"
            assert (
                page.get_by_label("Your message").input_value() == "Who can tell me about trials?"
            )


ANSWER = """
from django.utils import timezone
from enquiries.models import Enquiry
Enquiry.objects.update(state="answered", answered_at=timezone.now())
"""


@pytest.mark.accessibility
def test_somebody_says_with_the_keyboard_alone_whether_the_answer_helped(browser, tmp_path):
    with (
        running_site(tmp_path) as (_, address),
        browser.new_context(base_url=address) as context,
    ):
        page = context.new_page()
        page.goto("/enquire/")
        page.get_by_label("Your name").fill("Jo Researcher")
        page.get_by_label("Your e-mail address").fill("jo@keele.example")
        page.get_by_label("Your message").fill("Who can tell me about freight?")
        page.get_by_role("button", name="Send your message").click()
        page.wait_for_url("**/enquire/*/")
        assert manage("shell", "-c", ANSWER, data=tmp_path).returncode == 0
        page.goto(f"{page.url}answered/")
        assert_accessible(page)
        press(page, "No, not yet")
        assert "open again" in page.locator("main").inner_text()
        assert_accessible(page)
        press(page, "Yes, it helped")
        assert "Nothing more is to be done" in page.locator("main").inner_text()
