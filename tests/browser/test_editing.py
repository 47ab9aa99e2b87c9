"""Editing without fear, on the real site: each journey by keyboard alone, and what axe says."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.running_site import manage, running_site

from .test_desk import PASSWORD, nothing_is_amiss, sign_in

STAFF = f"""
from django.contrib.auth.models import User
for name in ("ada", "ben"):
    User.objects.create_superuser(name, password="{PASSWORD}")
"""
# Programmes of the fixtures, one for each journey but the two on ERA.
ERA = "Energy Research Accelerator"
TALENT = "TALENT"
MICRA = "MICRA"
SPACE = "Midlands Innovation Space Group"
TRANSPORT = "Midlands Innovation Transport Group"
HEALTH = "Midlands Innovation Health"
DICE = "C-DICE"
PROGRAMMES = "/admin/programmes/programme/"


class Site:
    """The address of a running site whose timer stands still, and a way to its database."""

    def __init__(self, address, data):
        self.address, self.data = address, data

    def shell(self, *lines):
        done = manage("shell", "-v", "0", "-c", "\n".join(lines), data=self.data)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def tick(self):
        assert manage("tick", data=self.data).returncode == 0


@pytest.fixture(scope="module")
def site_of_staff(tmp_path_factory):
    """One site for all journeys: each edits a programme of its own."""
    data = tmp_path_factory.mktemp("data")
    with running_site(data, TIMER="0") as (_, address):
        site = Site(address, data)
        site.shell(STAFF)
        yield site


@pytest.fixture
def sit_down(browser, site_of_staff):
    """Return what opens a browser of its own for somebody, and signs them in."""
    contexts = []

    def open_browser(username="ada"):
        context = browser.new_context(base_url=site_of_staff.address, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        if username:
            page.goto("/admin/login/")
            sign_in(page, username)
            page.wait_for_url("**/admin/")
        return page

    yield open_browser
    for context in contexts:
        context.close()


def reach(target, key="Tab", most=400):
    """Press a key until ``target``, a locator, has the focus."""
    target.wait_for(state="attached")
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        target.page.keyboard.press(key)
    raise AssertionError(f"The keyboard does not reach {target}.")


def press(page, role, name):
    """Reach a link or a button by Tab, and press it."""
    reach(page.get_by_role(role, name=name).first)
    page.keyboard.press("Enter")


def open_form(page, programme=ERA):
    page.goto(PROGRAMMES)
    press(page, "link", programme)
    page.wait_for_url("**/change/")


def type_at_the_end(page, label, text):
    reach(page.get_by_label(label, exact=True))
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def type_date(page, label, date):
    """Type ``date`` in the order that this browser asks for."""
    field = page.get_by_label(label, exact=True)
    reach(field)
    for order in ("%d%m%Y", "%m%d%Y"):
        page.keyboard.type(date.strftime(order))
        if field.input_value() == date.isoformat():
            return
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
    raise AssertionError(f"The field holds {field.input_value()!r}.")


def told(page):
    return page.locator(".messagelist").inner_text()


def seen_by_visitors(page, words, address="/programmes/"):
    page.goto(address)
    return words in page.locator("main").inner_text()


def test_a_slip_on_era_is_mended_and_published(sit_down):
    page, visitor = sit_down(), sit_down(None)
    open_form(page)
    type_at_the_end(page, "Summary:", " Quokkas.")
    press(page, "button", "Publish…")
    page.wait_for_url("**/publish/")
    assert "Quokkas." in page.locator("ins").inner_text()
    assert not seen_by_visitors(visitor, "Quokkas.")
    press(page, "button", "Publish now")
    page.wait_for_url("**/change/")
    assert "Published" in told(page)
    assert seen_by_visitors(visitor, "Quokkas.")
    assert seen_by_visitors(visitor, ERA, "/updates/")


def test_the_same_is_planned_for_wednesday_at_nine(sit_down, site_of_staff):
    page, visitor = sit_down(), sit_down(None)
    open_form(page)
    type_at_the_end(page, "Summary:", " Wombats.")
    press(page, "button", "Publish…")
    page.wait_for_url("**/publish/")
    today = timezone.localdate()
    wednesday = today + timedelta(days=(2 - today.weekday()) % 7 or 7)
    type_date(page, "Date", wednesday)
    reach(page.get_by_label("Time", exact=True))
    page.keyboard.type("0900AM")  # the letters count where the browser's clock has twelve hours
    press(page, "button", "Schedule")
    page.wait_for_url("**/change/")
    assert f"{wednesday:%A} {wednesday.day} {wednesday:%B %Y}, 09:00" in page.locator(
        "#content"
    ).inner_text().replace(f"{wednesday:%A}, ", f"{wednesday:%A} ")
    site_of_staff.tick()
    assert not seen_by_visitors(visitor, "Wombats.")

    a_week_passes = "Plan.objects.update(at=F('at') - timedelta(days=8))"
    site_of_staff.shell(
        "from datetime import timedelta",
        "from django.db.models import F",
        "from publishing.models import Plan",
        a_week_passes,
    )
    page.goto("/admin/")
    assert page.locator(".errornote").count() >= 1  # it is late, and the front of the desk says so
    site_of_staff.tick()
    assert seen_by_visitors(visitor, "Wombats.")


def test_a_draft_is_previewed_across_the_site_and_shared(sit_down):
    page, visitor = sit_down(), sit_down(None)
    open_form(page, TALENT)
    type_at_the_end(page, "Summary:", " Numbats.")
    press(page, "button", "Save draft and preview")
    page.wait_for_url("**/preview/**")
    assert page.locator("h1").inner_text() == TALENT
    bar = page.get_by_role("region", name="Preview")
    reach(bar.get_by_role("link", name="In its list"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/preview/*/programmes/")
    assert "Numbats." in page.locator("main").inner_text()
    nothing_is_amiss(page)
    press(page, "link", "Share it")
    page.wait_for_url("**/share/")
    press(page, "button", "Make a link")
    link = page.get_by_role("link", name="/preview/").first
    link.wait_for()
    shared = link.get_attribute("href")
    nothing_is_amiss(page)

    assert visitor.goto(shared).status == 200
    assert visitor.locator("h1").inner_text() == TALENT
    reach(visitor.get_by_role("link", name="In its list"))
    visitor.keyboard.press("Enter")
    visitor.wait_for_url("**/programmes/")
    assert "Numbats." in visitor.locator("main").inner_text()
    assert not seen_by_visitors(visitor, "Numbats.")

    press(page, "button", "Withdraw the link")
    page.get_by_role("button", name="Make a link").wait_for()
    assert visitor.goto(shared).status in (404, 410)
    assert "Numbats." not in visitor.content()


def test_yesterdays_text_is_back_after_three_presses(sit_down, site_of_staff):
    page, visitor = sit_down(), sit_down(None)
    open_form(page, MICRA)
    type_at_the_end(page, "Summary:", " Bilbies.")
    press(page, "button", "Publish…")
    page.wait_for_url("**/publish/")
    press(page, "button", "Publish now")
    page.wait_for_url("**/change/")
    assert seen_by_visitors(visitor, "Bilbies.")

    press(page, "link", "History")
    page.wait_for_url("**/history/")
    press(page, "button", re.compile("Restore into a draft ?: As it stood"))
    page.wait_for_url("**/publish/")
    assert "Bilbies." in page.locator("del").inner_text()
    press(page, "button", "Publish now")
    page.wait_for_url("**/change/")
    assert not seen_by_visitors(visitor, "Bilbies.")


def test_undo_takes_back_what_was_just_published_in_three_presses(sit_down):
    page, visitor = sit_down(), sit_down(None)
    open_form(page, SPACE)
    type_at_the_end(page, "Summary:", " Potoroos.")
    press(page, "button", "Publish…")
    page.wait_for_url("**/publish/")
    press(page, "button", "Publish now")
    page.wait_for_url("**/change/")

    press(page, "link", "Undo")
    page.wait_for_url("**/compare/**")
    press(page, "button", "Restore")
    page.wait_for_url("**/publish/")
    press(page, "button", "Publish now")
    page.wait_for_url("**/change/")
    assert not seen_by_visitors(visitor, "Potoroos.")


def test_two_people_at_once_lose_nothing(sit_down, site_of_staff):
    ada, ben = sit_down("ada"), sit_down("ben")
    open_form(ada, TRANSPORT)
    open_form(ben, TRANSPORT)
    type_at_the_end(ben, "Summary:", " Echidnas.")
    press(ben, "button", "Save draft")
    assert "Draft saved" in told(ben)

    type_at_the_end(ada, "Who takes part:", " and wombats")
    press(ada, "button", "Save draft")
    ada.get_by_role("alert").wait_for()
    alert = ada.get_by_role("alert").inner_text()
    assert "Not saved" in alert and "ben" in alert and "Summary" in alert
    assert ada.get_by_label("Who takes part:", exact=True).input_value().endswith("and wombats")
    assert ada.get_by_label("Summary:", exact=True).input_value().endswith("Echidnas.")
    nothing_is_amiss(ada)

    press(ada, "button", "Save draft")
    assert "Draft saved" in told(ada)
    draft = json.loads(
        site_of_staff.shell(
            "import json",
            "from publishing.models import Revision",
            f"draft = Revision.objects.pending().get(title={TRANSPORT!r}).data",
            "print(json.dumps([draft['summary'], draft['who_takes_part']]))",
        )
    )
    assert draft[0].endswith("Echidnas.") and draft[1].endswith("and wombats")


def test_leaving_with_unsaved_words_asks_first(sit_down):
    page = sit_down()
    open_form(page, HEALTH)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Summary:", exact=True).fill("Quokkas.")
    page.get_by_role("link", name="History").first.click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert page.get_by_label("Summary:", exact=True).input_value() == "Quokkas."


def test_whose_session_ended_signs_in_by_keyboard_and_loses_nothing(sit_down):
    page = sit_down()
    open_form(page, DICE)
    type_at_the_end(page, "Summary:", " Quokkas.")
    page.context.clear_cookies(name="sessionid")
    press(page, "button", "Save draft")
    page.get_by_role("heading", name="Sign in again: nothing that you typed is lost").wait_for()
    nothing_is_amiss(page)
    another = page.context.new_page()  # in which ada signs in meanwhile
    another.goto("/admin/login/")
    sign_in(another, "ada")
    another.wait_for_url("**/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Send it again: nothing that you typed is lost").wait_for()
    page.locator("summary").press("Enter")
    nothing_is_amiss(page)
    press(page, "button", "Send it again as ada")
    page.get_by_text("Draft saved").wait_for()
    assert page.get_by_label("Summary:", exact=True).input_value().endswith(" Quokkas.")


def test_axe_finds_nothing_on_the_pages_of_editing(sit_down):
    page = sit_down()
    page.goto(PROGRAMMES)
    nothing_is_amiss(page)
    open_form(page, HEALTH)
    nothing_is_amiss(page)
    form = page.url.partition("change/")[0]
    type_at_the_end(page, "Summary:", " Quokkas.")
    page.get_by_role("button", name="Save draft", exact=True).click()
    page.get_by_text("Draft saved").wait_for()
    nothing_is_amiss(page)
    for step in ("publish/", "discard/", "take-down/", "share/", "history/"):
        page.goto(form + step)
        nothing_is_amiss(page)
    page.goto(form + "history/")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare/**")
    nothing_is_amiss(page)
    for address in ("/admin/", "/admin/drafts/"):
        page.goto(address)
        nothing_is_amiss(page)
