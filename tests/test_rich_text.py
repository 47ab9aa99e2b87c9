"""Rich text: one way to write the same words, whoever wrote them and with what."""

import pytest
from django.apps import apps

from faq.models import Question
from people.models import Person
from programmes.models import Programme
from publishing import workflow
from publishing.fields import RichTextField
from publishing.rich_text import blocks, canonical

from .desk import form_of, save


@pytest.fixture
def era(db):
    return Programme.objects.get(slug="era")


def rich_texts():
    """Yield every rich text that is stored."""
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, RichTextField):
                yield from model.objects.exclude(**{field.name: ""}).values_list(
                    field.name, flat=True
                )


@pytest.mark.parametrize(
    ("written", "canonically"),
    [
        ("<p>One</p>\n\n<p>Two </p>", "<p>One</p><p>Two</p>"),
        ("<p>One\n two</p>", "<p>One two</p>"),
        ("One\n\nTwo & <b>three</b>", "<p>One</p><p>Two &amp; three</p>"),
        ("One\nline", "<p>One<br>line</p>"),
        ("<ul><li><p>One</p></li><li><p>Two</p></li></ul>", "<ul><li>One</li><li>Two</li></ul>"),
        (
            "<ul><li><p>One</p><ol><li><p>Two</p></li></ol></li></ul>",
            "<ul><li>One<ol><li>Two</li></ol></li></ul>",
        ),
        ("<ul><li><p>One</p><p>Two</p></li></ul>", "<ul><li><p>One</p><p>Two</p></li></ul>"),
        ('<ol start="3" type="1"><li>One</li></ol>', "<ol><li>One</li></ol>"),
        ("<p>One</p><p></p><h2> </h2><ul><li><p></p></li></ul>", "<p>One</p>"),
        ("<p></p>", ""),
        ("", ""),
        ('<p><a title="x" href="/faq/">A</a></p>', '<p><a href="/faq/" rel="noopener">A</a></p>'),
        ('<p><a href="javascript:alert(1)">A</a></p>', '<p><a rel="noopener">A</a></p>'),
    ],
)
def test_what_looks_the_same_is_written_the_same(written, canonically):
    assert canonical(written) == canonically
    assert canonical(canonically) == canonically


def test_a_no_break_space_is_kept():
    assert canonical("<p>£60\u00a0m \u202fmore</p>") == "<p>£60&nbsp;m \u202fmore</p>"


def test_an_item_with_a_list_in_it_is_a_block_of_its_own():
    assert blocks("<ul><li>One<ol><li>Two</li></ol></li></ul>") == ["One", "Two"]


def test_no_word_of_the_content_is_lost_by_it(db):
    texts = list(rich_texts())
    assert texts
    assert [blocks(canonical(text)) for text in texts] == [blocks(text) for text in texts]


def test_the_same_words_as_an_editor_writes_them_make_no_draft(admin_client, era):
    rewritten = era.body.replace("<p>", "\n<p> ").replace("</p>", "</p><p></p>")
    assert rewritten != era.body
    save(admin_client, era, body=rewritten)
    assert workflow.pending(era) is None


def test_a_part_that_is_only_written_otherwise_stays_as_it_is(admin_client, db):
    page = apps.get_model("pages", "Page").objects.get(slug="home")
    name = next(name for name in form_of(admin_client, page) if name.endswith("-body"))
    [body] = form_of(admin_client, page)[name]
    save(admin_client, page, title="Quokka", **{name: f"<p></p>{body} "})
    before, after = workflow.pending(page).base.data, workflow.drafted(page)
    assert after["title"] == "Quokka"
    assert after["passages"] == before["passages"]


def test_a_draft_is_stored_as_the_allow_list_leaves_it(admin_client, era):
    save(admin_client, era, body='<p onclick="x()">One <script>x()</script></p><p>Two</p><p></p>')
    assert workflow.drafted(era)["body"] == "<p>One</p><p>Two</p>"


def test_an_editor_with_nothing_in_it_is_empty(admin_client, era):
    response = save(admin_client, era, body="<p></p>")
    assert response.status_code == 200
    assert "This field is required" in response.content.decode()


def test_plain_words_are_in_the_form_as_paragraphs(admin_client, db):
    person = Person.objects.first()
    Person.objects.filter(pk=person.pk).update(biography="One.\n\nTwo.")
    assert form_of(admin_client, person)["biography"] == ["<p>One.</p>\r\n\r\n<p>Two.</p>"]
    save(admin_client, person)
    assert workflow.pending(person) is None


def test_an_empty_text_stays_empty(admin_client, db):
    question = Question.objects.exclude(programme=None).first()
    assert form_of(admin_client, question)["answer"] == [""]
    save(admin_client, question)
    assert workflow.pending(question) is None


def test_the_form_names_the_editor_and_holds_no_script_itself(admin_client, era):
    html = admin_client.get(f"/admin/programmes/programme/{era.pk}/change/").content.decode()
    assert 'data-rich-text="/static/django_prose_editor/editor.js"' in html
    assert 'src="/static/js/rich_text.js"' in html
    assert "importmap" not in html


def test_whoever_changes_the_blocks_changes_none_that_others_get():
    blocks("<p>One</p>").append("Two")
    assert blocks("<p>One</p>") == ["One"]
