"""Differences as staff read them."""

import time

import pytest

from programmes.models import Figure, Programme
from publishing import diff, state
from publishing.diff import ADDED, LEFT_OUT, REMOVED, SAME, Piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


def told(model, before, after):
    return {change.place: change.pieces for change in diff.changes(model, before, after)}


def test_a_word_that_changed_stands_among_those_that_stayed():
    assert diff.between("heat and power for all", "heat and cold for all") == [
        Piece(SAME, "heat and "),
        Piece(REMOVED, "power"),
        Piece(ADDED, "cold"),
        Piece(SAME, " for all"),
    ]


def test_a_text_that_is_rewritten_is_told_as_a_whole():
    assert diff.between("heat and power", "quokkas for wombats now") == [
        Piece(REMOVED, "heat and power"),
        Piece(ADDED, "quokkas for wombats now"),
    ]


def test_what_is_far_from_any_change_is_left_out():
    long = " ".join(f"word{number}" for number in range(400))
    pieces = diff.between(f"first {long} last", f"First {long} Last")
    assert [piece.kind for piece in pieces] == [
        REMOVED, ADDED, SAME, LEFT_OUT, SAME, REMOVED, ADDED,
    ]  # fmt: skip
    assert len(pieces[2].text.split()) == diff.CONTEXT


def test_a_link_that_leads_elsewhere_is_a_change():
    before = '<p>See <a href="/faq/">our answers</a>.</p>'
    pieces = diff.between(diff.as_text(before), diff.as_text(before.replace("faq", "figures")))
    assert "/faq/" in pieces[1].text and "/figures/" in pieces[2].text


def test_bold_alone_is_told_in_words(era):
    before = state.read(era)
    after = before | {"body": before["body"].replace("<p>", "<p><strong>", 1)}
    (pieces,) = told(Programme, before, after).values()
    assert pieces == [Piece(SAME, "Only how it is set, such as bold, changed.")]


def test_fields_are_named_as_on_the_form_and_choices_by_their_names(era):
    before = state.read(era)
    after = before | {"kind": "skills", "contacts": {}, "parent": None, "topics": {}}
    changes = told(Programme, before, after)
    assert changes["Kind"] == [
        Piece(REMOVED, "Flagship"),
        Piece(ADDED, "Skills"),
        Piece(SAME, " programme"),
    ]
    names = {str(topic) for topic in era.topics.all()}
    assert {piece.text for piece in changes["Topics"]} == names
    assert "Part of" not in changes  # it was empty, and is


def test_a_part_is_called_by_its_name(era):
    figure = era.figures.first()
    before = state.read(era)
    changed = before["figures"] | {
        str(figure.pk): before["figures"][str(figure.pk)] | {"unit": "kg"}
    }
    (place,) = told(Programme, before, before | {"figures": changed})
    assert place == f"Figure “{figure}”: unit"
    fewer = {key: value for key, value in before["figures"].items() if key != str(figure.pk)}
    (change,) = diff.changes(Programme, before, before | {"figures": fewer})
    assert change.place == f"Figure “{figure}”" and change.pieces[0].kind == REMOVED


def test_everything_of_something_new_is_told(era):
    places = told(Programme, {}, state.read(era))
    assert {"Name", "Text", "Kind"} & set(places)
    assert any(place.startswith("Figure “") for place in places)


def test_what_the_model_no_longer_has_is_told_as_it_was():
    assert told(Figure, {"colour": "red"}, {"colour": "blue"}) == {
        "colour": [Piece(REMOVED, "red"), Piece(ADDED, "blue")]
    }


def test_a_long_text_is_told_sentence_by_sentence_since_its_words_would_take_minutes():
    long = " ".join(f"This is sentence {number} of many." for number in range(2000))
    started = time.monotonic()
    pieces = diff.between(long, long.replace("sentence 1000 ", "slip 1000 "))
    assert time.monotonic() - started < 5
    assert [piece for piece in pieces if piece.kind in (REMOVED, ADDED)] == [
        Piece(REMOVED, " This is sentence 1000 of many."),
        Piece(ADDED, " This is slip 1000 of many."),
    ]


def test_a_page_with_many_slips_mended_is_told_word_by_word_and_soon():
    words = [f"word{number % 300}" for number in range(1000)]
    mended = [word if number % 10 else f"m{word}" for number, word in enumerate(words)]
    started = time.monotonic()
    pieces = diff.between(" ".join(words), " ".join(mended))
    assert time.monotonic() - started < 3  # it took minutes while every space matched every other
    assert sum(piece.kind == ADDED for piece in pieces) == 100
    kept = [piece.text for piece in pieces if piece.kind in (SAME, ADDED)]
    assert "".join(kept) == " ".join(mended)


def test_a_text_that_repeats_itself_is_told_soon():
    before = "\n".join("same" if number % 2 else f"a{number}" for number in range(1000))
    started = time.monotonic()
    diff.between(before, before.replace("a", "b"))
    assert time.monotonic() - started < 3


def test_an_endless_text_without_a_sentence_is_told_as_a_whole():
    before, after = "z " * 100_000 + "." * 2, "z " * 100_001
    assert diff.between(before, "y. " * 100_000) == [
        Piece(REMOVED, before),
        Piece(ADDED, "y. " * 100_000),
    ]
    assert [piece.kind for piece in diff.between(before, after)] == [REMOVED, ADDED]
