"""Two people at one form: one is told what the other did, and nothing that was typed is lost."""

import re
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from django.test import Client

from people.models import Role
from programmes.models import Programme
from publishing import workflow
from publishing.models import Plan, Revision

from .at_once import at_once
from .desk import FormReader, address, form_of, publish, save
from .running_site import manage, running_site
from .site_map import Reading

pytestmark = pytest.mark.django_db

TOO_LARGE = "9" * 20  # for the column of any number


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


@pytest.fixture
def ada(django_user_model):
    """A browser of somebody else."""
    user = django_user_model.objects.create_superuser("ada", first_name="Ada", last_name="Boole")
    client = Client()
    client.force_login(user)
    return client


def send(client, thing, form, **changes):
    return client.post(address(type(thing), "change", thing.pk), form | changes)


def words(response):
    return Reading(response.content.decode()).text


def fields_of(response):
    return FormReader(response.content.decode()).values


def test_it_names_who_saved_when_and_which_fields_as_the_form_calls_them(admin_client, ada, era):
    form = form_of(admin_client, era)
    save(ada, era, summary="Quokka.", topics=[])
    response = send(admin_client, era, form, who_takes_part="Wombats")
    text = words(response)
    draft = workflow.pending(era)
    assert "Not saved: after you opened this form, it was changed." in text
    assert "Draft saved, by Ada Boole" in text
    assert response.context["conflict"].since == [draft]
    assert response.context["conflict"].places == ["Summary", "Topics"]


def test_the_same_form_sent_twice_is_said_to_be_saved(admin_client, era):
    form = form_of(admin_client, era)
    assert send(admin_client, era, form, summary="Quokka.").status_code == 302
    number = workflow.latest(era)
    response = send(admin_client, era, form, summary="Quokka.")
    assert response.status_code == 302
    assert "All of this is saved already." in words(admin_client.get(response["Location"]))
    assert workflow.latest(era) == number


def test_nothing_of_it_is_saved_until_it_is_pressed_again(admin_client, ada, era):
    form = form_of(admin_client, era)
    save(ada, era, summary="Quokka.")
    response = send(admin_client, era, form, who_takes_part="Wombats")
    draft = workflow.pending(era)
    assert draft.user.username == "ada"
    assert draft.data["who_takes_part"] == era.who_takes_part
    again = send(admin_client, era, fields_of(response))
    assert again.status_code == 302
    draft = workflow.pending(era)
    assert draft.data["summary"] == "Quokka."
    assert draft.data["who_takes_part"] == "Wombats"


def test_where_both_wrote_the_form_keeps_mine_and_shows_theirs_beside_it(admin_client, ada, era):
    form = form_of(admin_client, era)
    save(ada, era, summary="A quokka eats leaves.", who_takes_part="Bilbies")
    response = send(admin_client, era, form, summary="A wombat eats leaves.")
    assert fields_of(response)["summary"] == ["A wombat eats leaves."]
    assert fields_of(response)["who_takes_part"] == ["Bilbies"]
    [change] = response.context["conflict"].both()
    assert change.key == "summary"
    html = response.content.decode()
    assert "quokka</del>" in html
    assert "wombat</ins>" in html


def test_what_only_one_of_them_changed_is_no_place_where_both_wrote(admin_client, ada, era):
    form = form_of(admin_client, era)
    save(ada, era, summary="Quokka.")
    response = send(admin_client, era, form, who_takes_part="Wombats")
    assert response.context["conflict"].both() == []
    assert "Where both of you wrote" not in words(response)


def test_a_figure_that_one_deletes_and_the_other_edits_is_told(admin_client, ada, era):
    form = form_of(admin_client, era)
    counts = next(name for name in form if name.startswith("figures-0-counts"))
    save(ada, era, **{counts: "quokkas"})
    response = send(admin_client, era, form, **{"figures-0-DELETE": "on"})
    [change] = response.context["conflict"].both()
    assert change.key == "figures"
    assert "quokkas" in "".join(piece.text for piece in change.pieces)


def test_with_a_slip_in_what_was_typed_both_are_told_and_the_conflict_stays(admin_client, ada, era):
    form = form_of(admin_client, era)
    save(ada, era, summary="Quokka.")
    response = send(admin_client, era, form, name="", who_takes_part="Wombats")
    text = words(response)
    assert "Not saved" in text
    assert "Ada Boole" in text
    assert "This field is required." in text
    assert "Correct what is marked below" in text
    assert fields_of(response)["who_takes_part"] == ["Wombats"]
    # Put right and sent again: what she saved is not overwritten by it.
    response = send(admin_client, era, fields_of(response), name=era.name)
    assert "Not saved" in words(response)
    assert fields_of(response)["summary"] == ["Quokka."]
    assert fields_of(response)["who_takes_part"] == ["Wombats"]
    assert workflow.pending(era).user.username == "ada"


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (lambda thing, number: workflow.publish(thing, None, expected=number), "Published"),
        (lambda thing, number: workflow.discard(thing, None, expected=number), "Draft discarded"),
        (
            lambda thing, number: workflow.take_down(
                thing, None, expected=number, reason="It ended."
            ),
            "Taken down",
        ),
    ],
    ids=["published", "discarded", "taken-down"],
)
def test_the_words_fit_whatever_was_done_meanwhile(admin_client, era, step, told):
    save(admin_client, era, summary="Quokka.")
    form = form_of(admin_client, era)
    step(era, workflow.latest(era))
    response = send(admin_client, era, form, who_takes_part="Wombats")
    assert response.status_code == 200
    assert f": {told}, by" in words(response)
    assert fields_of(response)["who_takes_part"] == ["Wombats"]


def test_every_step_since_the_form_was_opened_is_told(admin_client, ada, era):
    form = form_of(admin_client, era)
    save(ada, era, summary="Quokka.")
    publish(ada, era, summary="Bilby.")
    response = send(admin_client, era, form, who_takes_part="Wombats")
    kinds = [revision.kind for revision in response.context["conflict"].since]
    assert kinds == ["published", "draft", "draft"]


@pytest.mark.parametrize("token", ["", "0", "-1", "x", TOO_LARGE])
def test_a_form_without_a_number_that_is_known_is_refused_and_kept(admin_client, era, token):
    form = form_of(admin_client, era)
    response = send(admin_client, era, form, revision=token, who_takes_part="Wombats")
    assert response.status_code == 200
    assert "Not saved" in words(response)
    assert fields_of(response)["who_takes_part"] == ["Wombats"]
    assert workflow.pending(era) is None


def test_a_form_in_a_window_of_its_own_stays_one(admin_client, era):
    there = f"{address(Programme, 'change', era.pk)}?_popup=1"
    form = FormReader(admin_client.get(there).content.decode()).values
    save(admin_client, era, summary="Quokka.")
    answer = admin_client.post(there, form | {"name": "Wombat"})
    assert "Not saved" in answer.content.decode()
    assert FormReader(answer.content.decode()).values["_popup"] == ["1"]


def test_a_form_of_something_that_was_deleted_leads_away_and_says_so(admin_client):
    role = Role.objects.create(title="Quokka keeper", slug="quokka-keeper")
    form = form_of(admin_client, role)
    change = address(Role, "change", role.pk)
    role.delete()
    response = admin_client.post(change, form, follow=True)
    assert "doesn’t exist. Perhaps it was deleted?" in words(response)


def test_what_is_public_stays_as_it_is_while_two_people_type(admin_client, client, ada, era):
    form = form_of(admin_client, era)
    save(ada, era, summary="Quokka.")
    send(admin_client, era, form, summary="Wombat.")
    page = Client().get("/programmes/").content
    assert b"Quokka" not in page
    assert b"Wombat" not in page
    assert Revision.objects.of(era).pending().count() == 1


def test_a_publishing_that_a_save_calls_off_is_said_before_and_after(admin_client, admin_user, era):
    save(admin_client, era, summary="Quokka.")
    draft = workflow.pending(era)
    at = draft.created_at.replace(year=draft.created_at.year + 1, day=1)
    workflow.plan(era, admin_user, Plan.Action.PUBLISH, at, expected=workflow.latest(era))
    before = words(admin_client.get(address(Programme, "change", era.pk)))
    assert "Saving a draft calls that off." in before
    save(admin_client, era, summary="Wombat.")
    after = words(admin_client.get(address(Programme, "change", era.pk)))
    told = f"The publishing planned by {admin_user} for "
    assert told in after
    assert "is called off, since the draft has changed." in after
    assert told in words(admin_client.get(address(Programme, "history", era.pk)))
    assert not Plan.objects.exists()


def test_the_form_says_what_its_draft_changes_who_saved_it_and_what_visitors_see(ada, era):
    assert "Visitors see this as it stands here." in words(
        ada.get(address(Programme, "change", era.pk))
    )
    save(ada, era, summary="Quokka.", topics=[])
    text = words(ada.get(address(Programme, "change", era.pk)))
    assert (
        "Visitors see this as it was published. Here is the draft that Ada Boole saved on" in text
    )
    assert "It changes: Summary, Topics." in text


def test_a_value_of_the_draft_that_can_no_longer_be_used_is_named(admin_client, era):
    save(admin_client, era, slug="quokka")
    Programme.objects.exclude(pk=era.pk).filter(slug="talent").update(slug="quokka")
    text = words(admin_client.get(address(Programme, "change", era.pk)))
    assert "These values can no longer be used." in text
    assert "Slug: Programme with this Slug already exists." in text


class Browser:
    """Somebody who is signed in at a real site."""

    def __init__(self, address, name, password):
        self.address = address
        self.opener = build_opener(HTTPCookieProcessor())
        page = self.open("/admin/login/")
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]
        sign_in = {"username": name, "password": password, "next": "/admin/"}
        self.open("/admin/login/", sign_in | {"csrfmiddlewaretoken": token})

    def open(self, path, form=None):
        """Return the page at ``path``, or the one that sending ``form`` there leads to in the end."""
        data = urlencode(form, doseq=True).encode() if form else None
        with self.opener.open(f"{self.address}{path}", data, timeout=60) as response:
            return response.read().decode()


def test_of_two_who_save_at_the_same_moment_exactly_one_does(tmp_path, empty_database):
    password = "a long walk by the Trent"
    with running_site(tmp_path, TIMER="0", **empty_database) as (_, site):
        make = f"User.objects.create_superuser('ada', password='{password}')"
        script = f"from django.contrib.auth.models import User; {make}"
        made = manage("shell", "-c", script, data=tmp_path, **empty_database)
        assert made.returncode == 0, made.stderr
        browsers = [Browser(site, "ada", password) for _ in range(2)]
        listed = browsers[0].open("/admin/programmes/programme/")
        form_address = re.search(r"/admin/programmes/programme/\d+/change/", listed)[0]

        def saving(number, browser):
            form = FormReader(browser.open(form_address)).values
            text = f"Saved by {number} in round {round_number}."
            return lambda: browser.open(form_address, form | {"summary": text})

        for round_number in range(4):
            saves = [saving(number, browser) for number, browser in enumerate(browsers)]
            pages = at_once(*saves)
            refused = ["Not saved" in page for page in pages]
            assert sorted(refused) == [False, True]
            won = FormReader(browsers[0].open(form_address)).values["summary"]
            assert won == [f"Saved by {refused.index(False)} in round {round_number}."]
