"""What only a browser can tell of the inbox: axe, a narrow window, and the way from list to answer."""

import pytest

from tests.running_site import manage, running_site

from .test_desk import PASSWORD, nothing_is_amiss, signed_in  # noqa: F401 (a fixture)

INBOX = "/admin/enquiries/enquiry/"

ENQUIRIES = f"""
from django.contrib.auth.models import User
from enquiries import handling
from enquiries.intake import take_in
from enquiries.models import AnswerTemplate, Enquiry
from enquiries.subjects import Subject
from programmes.models import Programme

ada = User.objects.create_superuser("ada", password="{PASSWORD}")
era = Programme.objects.get(slug="era")
AnswerTemplate.objects.create(title="Thanks", text="Dear {{name}},\\nthank you.")
for number in range(3):
    enquiry = take_in(
        Subject("programme", era), f"form-{{number}}", name="Grace Hopper",
        email="grace@example.org", university="Keele University", text="Where is it?\\n" * 20,
    )
take_in(
    Subject("programme", era), "form-long", name="G" * 100, email=f"{{'g' * 60}}@{{'h' * 60}}.org",
    university="K" * 100, text="W" * 500,
)
handling.update(enquiry, ada, ada, "She rang, too.")
Enquiry.objects.filter(pk=enquiry.pk).update(answer_due="2020-01-01", page="/programmes/")
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """The address of a site with one account, ada, and three enquiries."""
    data = tmp_path_factory.mktemp("data")
    with running_site(data, TIMER="0") as (_, address):
        made = manage("shell", "-v", "0", "-c", ENQUIRIES, data=data)
        assert made.returncode == 0, made.stderr
        yield address


@pytest.mark.parametrize(
    "address",
    [
        INBOX,
        f"{INBOX}?state=spam",
        f"{INBOX}3/change/",
        f"{INBOX}3/answer/",
        f"{INBOX}4/change/",
        f"{INBOX}4/answer/",
        "/admin/outbox/outgoingmessage/?q=Dear",
        "/admin/outbox/outgoingmessage/4/change/",
        f"{INBOX}personal-data/",
        f"{INBOX}numbers/",
        "/admin/enquiries/answertemplate/1/change/",
    ],
)
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(signed_in, address):  # noqa: F811
    signed_in.goto(address)
    nothing_is_amiss(signed_in)


def test_nothing_is_amiss_with_an_answer_that_is_empty_or_looked_at_first(signed_in):  # noqa: F811
    signed_in.goto(f"{INBOX}3/answer/")
    signed_in.get_by_role("button", name="Send this answer").click()
    assert signed_in.title().startswith("Error:")
    nothing_is_amiss(signed_in)
    signed_in.get_by_label("Begin from").select_option("Thanks")
    signed_in.get_by_role("button", name="Use this text").click()
    assert signed_in.get_by_label("Your answer").input_value() == "Dear Grace Hopper,\nthank you."
    signed_in.get_by_role("button", name="Preview").click()
    signed_in.get_by_role("heading", name="What goes out").wait_for()
    nothing_is_amiss(signed_in)


def test_the_preview_is_in_view(signed_in):  # noqa: F811
    signed_in.goto(f"{INBOX}3/answer/")
    signed_in.set_viewport_size({"width": 1280, "height": 600})
    signed_in.get_by_label("Your answer").fill("It is in Keele.")
    signed_in.get_by_role("button", name="Preview").click()
    heading = signed_in.get_by_role("heading", name="What goes out")
    heading.wait_for()
    top = heading.bounding_box()["y"]
    assert 0 <= top < 500


def test_nothing_is_amiss_with_the_data_of_a_person(signed_in):  # noqa: F811
    signed_in.goto(f"{INBOX}personal-data/")
    signed_in.get_by_label("E-mail address").fill("grace@example.org")
    signed_in.get_by_role("button", name="Look").click()
    nothing_is_amiss(signed_in)
    with signed_in.expect_download() as download:
        signed_in.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "personal-data.json"
    signed_in.get_by_role("button", name="Erase…").click()
    assert signed_in.get_by_role("button", name="Yes, erase all of it").is_visible()
    nothing_is_amiss(signed_in)


def test_an_enquiry_is_answered_by_keyboard_alone(signed_in):  # noqa: F811
    signed_in.goto(f"{INBOX}?answers=nobody")
    signed_in.locator("#result_list tbody th a").first.press("Enter")
    signed_in.get_by_role("link", name="Answer…").press("Enter")
    signed_in.get_by_label("Your answer").press_sequentially("It is in Keele.")
    signed_in.get_by_role("button", name="Send this answer").press("Enter")
    signed_in.wait_for_url("**/change/")
    assert signed_in.get_by_text("is on its way").is_visible()
    history = signed_in.get_by_role("table", name="History")
    assert history.get_by_text("It is in Keele.").is_visible()
