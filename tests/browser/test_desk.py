"""What only a browser can tell of the pages that the desk adds to Django's admin."""

import pytest

from tests.running_site import manage, running_site

from .test_pages import LEVELS, LOOKS, violations

PASSWORD = "a long walk by the Trent"
# The header of Django's admin has the contrast that AA asks for, and less than AAA does.
LEVELS_OF_DJANGO = [level for level in LEVELS if level != "wcag2aaa"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """The address of a site with one account, ada."""
    data = tmp_path_factory.mktemp("data")
    with running_site(data) as (_, address):
        account = f"User.objects.create_superuser('ada', password='{PASSWORD}')"
        made = manage(
            "shell", "-c", f"from django.contrib.auth.models import User; {account}", data=data
        )
        assert made.returncode == 0, made.stderr
        yield address


def sign_in(page, username="ada"):
    """Sign in on the page that asks for it."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


@pytest.fixture
def signed_in(browser, desk):
    """A page of a browser in which ada is signed in at ``desk``, which each file has its own of."""
    with browser.new_context(base_url=desk, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/admin/login/")
        sign_in(page)
        page.wait_for_url("**/admin/")
        yield page


def nothing_is_amiss(page):
    """Assert that axe finds nothing on ``page``, and that nothing runs over its edge, at any look."""
    for width, look in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(**look)
        page.wait_for_timeout(500)  # the colours of Django's links fade into each other
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, look)
        assert violations(page, LEVELS_OF_DJANGO) == [], (width, look)


@pytest.mark.parametrize(
    "address",
    [
        "/admin/gaps/",
        "/admin/timer/",
        "/admin/outbox/outgoingmessage/",
        "/admin/finder/unansweredquery/",
        "/admin/finder/unansweredquery/try/?q=energy+skills",
    ],
)
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(signed_in, address):
    signed_in.goto(address)
    signed_in.evaluate("document.querySelectorAll('details').forEach(kind => kind.open = true)")
    nothing_is_amiss(signed_in)


def test_axe_finds_nothing_on_the_front_of_the_desk(signed_in):
    assert violations(signed_in, LEVELS_OF_DJANGO) == []


def test_a_gap_is_reached_and_its_field_is_in_view_by_keyboard_alone(signed_in):
    signed_in.goto("/admin/gaps/")
    signed_in.locator("summary", has_text="People without an e-mail address").focus()
    signed_in.keyboard.press("Enter")
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url("**/admin/people/person/*/change/#id_email")
    field = signed_in.get_by_label("E-mail:").bounding_box()
    assert 0 <= field["y"] < signed_in.viewport_size["height"]
