"""What is checked before publishing: what keeps from it, and what only informs."""

import datetime

import pytest
from django.utils import timezone

from faq.models import Question
from people.models import Role
from programmes.models import Programme
from publishing import checks, state
from publishing.models import Redirect
from publishing.sandbox import sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


@pytest.fixture
def equipment():
    """A programme of which the source says “can be found here:”, with no link."""
    return Programme.objects.get(slug="equipment-sharing")


def found(thing, before=None, **changes):
    """Return the Findings about ``changes`` to ``thing``, whose public State was ``before``."""
    live = state.read(thing)
    with sandbox():
        problems = state.write(thing, live | changes)
        row = state.fresh(thing)
        return checks.of(row, live if before is None else before, state.read(row), problems)


def errors(thing, **changes):
    return [str(finding.message) for finding in checks.errors(found(thing, **changes))]


def warnings(thing, **changes):
    return [
        finding.message for finding in found(thing, **changes) if finding.severity == checks.WARNING
    ]


def any_about(words, messages):
    return any(words in message for message in messages)


# “here:” with nothing behind it


@pytest.mark.parametrize(
    "body",
    ["<p>Apply here:</p>", "<p>Apply here :</p><p>Soon.</p>", "<ul><li>Apply HERE:</li></ul>"],
)
def test_a_text_that_newly_ends_in_here_with_no_link_is_an_error(era, body):
    assert any_about("promises a link", errors(era, body=body))


@pytest.mark.parametrize(
    "body",
    [
        '<p>Apply <a href="/faq/">at the questions</a>, here:</p>',
        '<p>Apply here:</p><ul><li><a href="/faq/">Questions</a></li></ul>',
        "<p>Apply there:</p>",
        "<p>Here: it begins.</p>",
    ],
)
def test_here_with_a_link_in_it_or_behind_it_is_none(era, body):
    assert errors(era, body=body) == []


def test_plain_texts_are_checked_and_parts_are_named(era):
    before = state.read(era)
    figure = next(iter(before["figures"]))
    figures = {**before["figures"]}
    figures[figure] = figures[figure] | {"counts": "quokkas, listed here:"}
    [error] = checks.errors(found(era, figures=figures))
    assert error.place.startswith("Figure “")
    assert error.place.endswith(": what it counts")


def test_a_sentence_that_ends_in_here_without_a_colon_only_warns(era):
    body = "<p>Eleven million people live here.</p>"
    assert errors(era, body=body) == []
    assert any_about("has no link in it", warnings(era, body=body))


def test_a_slip_that_the_public_text_has_already_keeps_nothing_from_being_published(equipment):
    assert "here:" in equipment.body
    body = equipment.body.replace("equipment", "kit", 1)
    assert errors(equipment, body=body) == []
    twice = body + "<p>And apply here:</p>"
    assert any_about("promises a link", errors(equipment, body=twice))


def test_texts_that_the_draft_left_alone_are_not_checked(equipment):
    assert errors(equipment, summary="Kit is shared.") == []


def test_of_something_new_every_text_is_checked(equipment):
    found_new = checks.errors(found(equipment, before={}))
    assert any_about("promises a link", [finding.message for finding in found_new])


# Links


@pytest.mark.parametrize(
    "address", ["/no/such/page/", "faq", "/admin/", "/programmes/no-such/", ""]
)
def test_a_link_to_this_site_that_leads_nowhere_is_an_error(era, address):
    assert errors(era, body=f'<p>See <a href="{address}">the questions</a>.</p>')


@pytest.mark.parametrize(
    "address",
    [
        "/faq/",
        "/faq",
        "/faq/?x=1#why-place-matters",
        "#part:figures",
        "../talent/",
        "https://www.example.org/no/such/page/",
        "mailto:a@example.org",
    ],
)
def test_a_link_that_arrives_or_leads_elsewhere_is_none(era, address):
    assert errors(era, body=f'<p>See <a href="{address}">the questions</a>.</p>') == []


def test_a_link_to_an_old_address_that_leads_on_is_none(era):
    Redirect.objects.create(old_address="/old", leads_to="/faq/")
    assert errors(era, body='<p>See <a href="/old/">the questions</a>.</p>') == []


def test_links_are_asked_of_the_site_as_it_will_be(era):
    body = '<p>See <a href="/programmes/quokka/">the programme</a>.</p>'
    assert errors(era, body=body)
    assert errors(era, body=body, slug="quokka") == []


def test_a_dead_link_that_the_public_text_has_already_is_no_error(era):
    dead = '<p>See <a href="/no/such/page/">the questions</a>.</p>'
    Programme.objects.filter(pk=era.pk).update(body=dead)
    assert errors(era, body=dead.replace("See", "Read")) == []


@pytest.mark.parametrize("words", ["here", "Click here", "Read  more", "link", "", "here."])
def test_link_text_that_says_nothing_is_an_error(era, words):
    assert errors(era, body=f'<p>See <a href="/faq/">{words}</a> or ask.</p>')


def test_a_link_that_shows_its_address_only_warns(era):
    body = '<p>See <a href="https://www.example.org/">www.example.org</a>.</p>'
    assert errors(era, body=body) == []
    assert any_about("shows an address", warnings(era, body=body))


# Headings, sentences, capitals


def test_a_smaller_heading_before_any_larger_one_is_an_error(era):
    assert any_about("smaller heading", errors(era, body="<h3>Part</h3><p>A.</p><h2>Whole</h2>"))
    assert errors(era, body="<h2>Whole</h2><p>A.</p><h3>Part</h3>") == []


def test_sentences_of_more_than_forty_words_warn(era):
    forty = " ".join(["word"] * 40)
    assert not any_about("sentence of", warnings(era, summary=f"{forty}. Another."))
    assert any_about("sentence of 41 words", warnings(era, summary=f"{forty} more. Another."))


def test_words_in_capitals_warn_and_acronyms_do_not(era):
    assert any_about("“NOW IN EVERY TOWN”", warnings(era, summary="It is NOW IN EVERY TOWN."))
    assert not any_about("capitals", warnings(era, summary="ERA, TALENT, CDICE and the UK EPSRC."))


# The rest


def test_a_draft_that_cannot_be_used_is_told_with_its_place(era):
    contacts = state.read(era)["contacts"] | {"999999": {}}
    findings = found(era, contacts=contacts, slug="talent")
    assert [finding.place for finding in checks.errors(findings)] == ["Slug"]
    assert ("Contacts", "It was deleted.") in [finding[1:] for finding in findings]


def test_altered_words_of_the_source_are_told_where_they_stand(era):
    altered = era.body.replace("Energy", "Energie", 1)
    [finding] = [one for one in found(era, body=altered) if "words of the source" in one.message]
    assert finding.place == "Body"


def test_words_that_stay_the_sources_or_are_only_added_or_left_out_are_not_altered(era):
    for body in (f"{era.body}<p>Ours.</p>", era.body.replace("Energy", " Energy ", 1)):
        assert not any_about("words of the source", warnings(era, body=body))


def test_the_words_of_a_part_and_of_an_answer_are_watched_too(era):
    question = Question.objects.public().exclude(source=[]).exclude(answer="").first()
    answer = question.answer.replace("the", "teh")
    assert any_about("words of the source", warnings(question, answer=answer))
    figures = state.read(era)["figures"]
    figure = next(key for key, values in figures.items() if values["source"])
    figures[figure]["as_written"] = "quokka"
    assert any_about("words of the source", warnings(era, figures=figures))


def test_nobody_to_keep_it_up_to_date_and_a_review_that_has_passed_warn(era, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *_: datetime.date(2027, 3, 2))
    assert any_about("No role is named", warnings(era, owner=None))
    role = Role.objects.first().pk
    assert any_about("1 March 2027", warnings(era, owner=role, review_due="2027-03-01"))
    due_today = warnings(era, owner=role, review_due="2027-03-02", summary="Energy.")
    assert not any_about("No role", due_today) and not any_about("2 March", due_today)


def test_errors_are_told_before_warnings(era):
    severities = [finding.severity for finding in found(era, body="<p>Apply here:</p>")]
    assert severities == sorted(severities)
    assert {checks.ERROR, checks.WARNING} == set(severities)
