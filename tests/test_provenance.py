"""Whose words are these? The verdict follows the words, not a flag."""

import pytest

from programmes.models import Programme
from publishing.models import SourceDocument
from publishing.provenance import Library, fold
from publishing.rich_text import blocks, clean_html, split_lede

LINE = "The space\u00a0sector\u202fmatters. It is initiatlly large.\nDr Who said so, e.g. here. Then left."


@pytest.fixture
def library():
    return Library([SourceDocument(pk=1, name="a.txt", slug="a", title="A", text=LINE)])


def programme(**fields):
    return Programme(
        **{"body": "<p>The space sector matters.</p>", "source": ["a.txt:1"], **fields}
    )


def test_white_space_is_folded_no_break_spaces_too():
    assert fold(" a\u00a0b\u202f\n c ") == "a b c"


def test_words_that_stand_in_the_cited_line_are_the_sources(library):
    found = library.provenance([programme()])
    assert (found.from_source, found.from_team) == (1, 0)


def test_a_word_changed_makes_them_the_teams(library):
    found = library.provenance([programme(body="<p>The space sector matters much.</p>")])
    assert (found.from_source, found.from_team) == (0, 1)


def test_words_of_another_line_than_the_cited_one_are_the_teams(library):
    assert library.provenance([programme(source=["a.txt:2"])]).from_team == 1


def test_a_mended_slip_is_still_the_sources(library):
    slip = {"has": "initiatlly", "shows": "initially", "why": "typing slip"}
    mended = programme(body="<p>It is initially large.</p>", errata=[slip])
    found = library.provenance([mended])
    assert (found.from_source, found.errata) == (1, [slip])


def test_a_body_is_judged_block_by_block(library):
    body = "<h2>Ours</h2><p>The <strong>space</strong> sector matters.</p>"
    found = library.provenance([programme(body=body)])
    assert (found.from_source, found.from_team) == (1, 1)


def test_no_words_at_all_stand_nowhere(library):
    assert not library.stands("", programme(source=["a.txt:99", "b.txt:1"]))


def test_a_card_is_judged_by_its_own_sentence(library):
    same = programme(summary="The space sector matters.")
    other = programme(summary="It matters to us.")
    assert library.provenance([], [same]).from_team == 0
    assert library.provenance([], [other]).from_team == 1


def test_a_citation_of_nothing_is_no_error(library):
    for citation in ("b.txt:1", "a.txt:99", "a.txt:0", "a.txt", ""):
        assert library.line(citation) == ""


def test_the_lede_is_the_first_sentence_and_abbreviations_end_none():
    assert split_lede("<p>Dr Who came, e.g. Here. Then left.</p><p>More.</p>") == (
        "Dr Who came, e.g. Here.",
        "<p>Then left.</p><p>More.</p>",
    )


def test_a_lede_never_cuts_a_link_in_two():
    html = '<p>See <a href="/x/">One. Two</a> there.</p>'
    assert split_lede(html) == ('See <a href="/x/">One. Two</a> there.', "")


def test_a_text_that_opens_with_a_heading_has_no_lede():
    assert split_lede("<h2>Heading</h2><p>Words.</p>") == ("", "<h2>Heading</h2><p>Words.</p>")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<p onclick="alert(1)">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<img src="x" onerror="alert(1)">',
        '<p style="color:red">x</p>',
    ],
)
def test_rich_text_keeps_only_what_is_allowed(hostile):
    cleaned = clean_html(hostile)
    assert not any(word in cleaned for word in ("alert", "style", "<img", "<script"))


def test_blocks_are_the_words_without_markup():
    assert blocks("<p>R&amp;D <em>now</em></p>\n<ul><li>One</li><li>Two</li></ul>") == [
        "R&D now",
        "One",
        "Two",
    ]


def test_the_page_says_word_for_word_only_while_it_is(client, db):
    page = client.get("/programmes/mi-health/").content.decode()
    assert "Word for word from" in page
    Programme.objects.filter(slug="mi-health").update(who_takes_part="Something else altogether")
    page = client.get("/programmes/mi-health/").content.decode()
    assert "In part word for word from" in page
    assert "written by the team" in page
