"""The editor of rich text, and what asks before unsaved changes are left, in a real browser."""

import json

import pytest
from playwright.sync_api import expect

from publishing.rich_text import TAGS, blocks, canonical
from tests.running_site import manage, running_site

from .test_desk import PASSWORD, nothing_is_amiss, signed_in  # noqa: F401 (a fixture)

PREPARED = f"""
import json
from django.apps import apps
from django.contrib.auth.models import User
from django.urls import reverse
from people.models import Person
from programmes.models import Programme
from publishing.fields import RichTextField

User.objects.create_superuser("ada", password="{PASSWORD}")
addresses = {{}}
for model in apps.get_models():
    for field in (field for field in model._meta.fields if isinstance(field, RichTextField)):
        for thing in model.objects.exclude(**{{field.name: ""}}):
            whole = getattr(thing, "page", thing)
            name = f"admin:{{whole._meta.app_label}}_{{whole._meta.model_name}}_change"
            addresses[reverse(name, args=[whole.pk])] = str(whole)
print(json.dumps(addresses))
"""

# Every tag of the allow-list, with all that may stand in it.
EVERY_TAG = (
    "<h2>One</h2><h3>Two</h3><p>Three <strong>four</strong> <em>five</em><br>six "
    '<a href="/faq/" rel="noopener">seven</a> '
    '<a href="mailto:a@example.org" rel="noopener">eight</a></p>'
    "<ul><li>Nine<ul><li>ten</li></ul></li></ul><ol><li>Eleven</li><li>twelve</li></ol>"
)


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    """A site with one account, and the addresses of all forms in which rich text stands."""
    data = tmp_path_factory.mktemp("data")
    with running_site(data) as (_, address):
        made = manage("shell", "--no-imports", "-c", PREPARED, data=data)
        assert made.returncode == 0, made.stderr
        yield address, json.loads(made.stdout)


@pytest.fixture(scope="module")
def desk(forms):
    return forms[0]


@pytest.fixture
def era(forms, signed_in):  # noqa: F811
    """The form of ERA, in a browser that notes whatever the policy forbids and whatever it is asked."""
    signed_in.asked, signed_in.complaints = [], []
    signed_in.on("console", lambda message: signed_in.complaints.append(message.text))
    signed_in.on("pageerror", lambda error: signed_in.complaints.append(str(error)))
    signed_in.on("dialog", lambda dialog: (signed_in.asked.append(dialog.type), dialog.dismiss()))
    signed_in.goto(address_of(forms, "Energy Research Accelerator"))
    expect(body(signed_in)).to_be_visible()
    return signed_in


def address_of(forms, name):
    return next(address for address, title in forms[1].items() if title == name)


def body(page):
    return page.get_by_role("textbox", name="Body").first


def sent(page):
    """What the form sends as the body."""
    return page.locator("textarea[name=body]").input_value()


def type_at_the_end(page, words):
    """Type ``words`` as a paragraph of their own."""
    # Not by the End key: a browser tells of its move a little later, which is soon enough for a hand.
    body(page).evaluate("element => element.editor.commands.focus('end')")
    expect(body(page)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type(words)


def select_last_word(page):
    """Select the word before the cursor, and wait until the editor knows."""
    page.keyboard.press("ControlOrMeta+Shift+ArrowLeft")
    link = page.get_by_role("button", name="Link…").first
    expect(link).to_have_attribute("aria-disabled", "false")


def leaves(page):
    """Whether ``page`` can be left for the front of the desk without a question."""
    page.asked.clear()
    page.evaluate("location.href = '/admin/'")
    page.wait_for_timeout(500)
    return page.asked == []


def test_words_are_typed_made_bold_linked_and_saved_by_keyboard_alone(era, forms):
    page = era
    page.goto(address_of(forms, "TALENT"))  # so that ERA stays as it is for the others
    type_at_the_end(page, "A quokka lives")
    select_last_word(page)
    page.keyboard.press("ControlOrMeta+b")
    page.keyboard.press("ControlOrMeta+k")
    expect(page.get_by_role("dialog", name="Link")).to_be_visible()
    page.keyboard.type("www.example.org/quokka")
    page.keyboard.press("Enter")
    expect(body(page)).to_be_focused()
    link = '<a href="https://www.example.org/quokka" rel="noopener"><strong>lives</strong></a>'
    assert canonical(sent(page)).endswith(f"<p>A quokka {link}</p>")

    page.keyboard.press("ControlOrMeta+z")
    assert "www.example.org/quokka" not in sent(page)
    page.keyboard.press("ControlOrMeta+Shift+z")

    page.get_by_role("button", name="Save draft", exact=True).press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Draft saved")
    expect(body(page).get_by_role("link", name="lives")).to_be_visible()
    assert canonical(sent(page)).endswith(f"<p>A quokka {link}</p>")
    assert page.complaints == []
    assert page.asked == []


def test_a_link_is_changed_and_removed_in_a_dialog_with_nothing_amiss(era):
    type_at_the_end(era, "there")
    select_last_word(era)
    era.keyboard.press("ControlOrMeta+k")
    nothing_is_amiss(era)
    era.keyboard.type("somebody@example.org")
    era.keyboard.press("Enter")
    expect(body(era)).to_be_focused()
    assert 'href="mailto:somebody@example.org"' in sent(era)

    era.keyboard.press("ControlOrMeta+k")
    expect(era.get_by_label("Where the link leads")).to_have_value("mailto:somebody@example.org")
    era.keyboard.press("Escape")
    expect(body(era)).to_be_focused()
    era.keyboard.press("ControlOrMeta+k")
    era.get_by_role("button", name="Remove link").press("Enter")
    expect(body(era)).to_be_focused()
    assert sent(era).endswith("<p>there</p>")


def test_no_word_of_any_text_is_changed_by_the_editor(signed_in, forms):  # noqa: F811
    texts = []
    for address in forms[1]:
        signed_in.goto(address)
        signed_in.wait_for_function(
            "document.querySelectorAll('textarea[data-rich-text]:not([hidden], [id*=__prefix__])')"
            ".length === 0"
        )
        texts += signed_in.evaluate(
            "[...document.querySelectorAll('.rich-text')].map(frame => ["
            "frame.querySelector('textarea').value,"
            "frame.querySelector('[contenteditable]').editor.getHTML()])"
        )
    assert len([stored for stored, _ in texts if stored]) > 30
    for stored, rewritten in texts:
        assert canonical(rewritten) == canonical(stored)
        assert blocks(canonical(rewritten)) == blocks(stored)  # so the verdict is the same


def test_what_is_typed_and_taken_back_makes_no_draft(era):
    type_at_the_end(era, "x")
    era.keyboard.press("Backspace")
    era.keyboard.press("Backspace")
    era.get_by_role("button", name="Save draft", exact=True).click()
    expect(era.locator(".messagelist")).to_contain_text("You changed nothing.")


def test_the_editor_keeps_every_tag_of_the_allow_list_and_makes_no_other(era):
    made = era.evaluate(
        """html => {
          const editor = document.querySelector('.rich-text__words').editor;
          editor.commands.setContent(html);
          return editor.getHTML();
        }""",
        EVERY_TAG
        + '<h1>h1</h1><table><tr><td>td</td></tr></table><img src="/x.png"><u>u</u><hr>'
        + '<blockquote>quote</blockquote><p style="color: red" class="x">p</p><code>code</code>',
    )
    assert canonical(made).startswith(EVERY_TAG)
    tags = era.evaluate(
        "html => [...new DOMParser().parseFromString(html, 'text/html').body"
        ".querySelectorAll('*')].map(element => element.localName)",
        made,
    )
    assert set(tags) == TAGS


def test_what_is_typed_stays_as_it_is_typed(era):
    type_at_the_end(era, "# 1. * **a** _b_ example.org")
    assert sent(era).endswith("<p># 1. * **a** _b_ example.org</p>")


def test_a_link_of_another_scheme_is_none(era):
    type_at_the_end(era, "here")
    select_last_word(era)
    era.keyboard.press("ControlOrMeta+k")
    era.keyboard.type("javascript:alert(1)")
    era.keyboard.press("Enter")
    expect(body(era)).to_be_focused()
    assert "javascript:" not in sent(era).replace("https://javascript:", "")


def test_the_buttons_are_one_stop_of_the_tab_key_and_a_list_is_left_by_it(era):
    type_at_the_end(era, "One")
    era.keyboard.press("Shift+Tab")
    focused = era.locator(":focus")
    expect(focused).to_have_text("Bold")
    era.keyboard.press("ArrowLeft")
    expect(focused).to_have_text("Redo")
    for _ in range(6):
        era.keyboard.press("ArrowRight")
    expect(focused).to_have_text("Bullets")
    expect(focused).to_have_attribute("aria-pressed", "false")
    era.keyboard.press("Enter")
    expect(body(era)).to_be_focused()
    expect(era.get_by_role("button", name="Bullets").first).to_have_attribute(
        "aria-pressed", "true"
    )
    era.keyboard.press("Enter")
    era.keyboard.type("Two")
    assert canonical(sent(era)).endswith("<ul><li>One</li><li>Two</li></ul>")
    era.keyboard.press("Tab")
    expect(body(era)).not_to_be_focused()
    assert canonical(sent(era)).endswith("<ul><li>One</li><li>Two</li></ul>")


def test_the_label_leads_to_the_editor_and_the_help_describes_it(era):
    era.locator("label[for=id_body]").click()
    expect(body(era)).to_be_focused()
    described_by = body(era).get_attribute("aria-describedby")
    expect(era.locator(f"#{described_by}")).to_contain_text("first sentence")


def test_a_form_with_the_editor_has_nothing_amiss(era):
    nothing_is_amiss(era)


def test_a_part_that_is_added_has_an_editor_too(era, forms):
    era.goto(address_of(forms, "Midlands Innovation"))
    before = era.get_by_role("textbox", name="Body").count()
    era.get_by_role("button", name="Add another Passage").click()
    expect(era.get_by_role("textbox", name="Body")).to_have_count(before + 1)
    part = era.locator(f"#passages-{before}")
    part.get_by_label("Slug").fill("quokkas")
    part.get_by_role("textbox", name="Body").click()
    era.keyboard.type("Quokkas live here.")
    era.get_by_role("button", name="Save draft", exact=True).click()
    expect(era.locator(".messagelist")).to_contain_text("Draft saved")
    added = era.locator("textarea", has_text="<p>Quokkas live here.</p>")
    expect(added).to_have_count(1)
    assert era.complaints == []


def test_without_scripts_plain_words_become_paragraphs(browser, desk, forms):
    with browser.new_context(
        base_url=desk, locale="en-GB", java_script_enabled=False, ignore_https_errors=True
    ) as context:
        page = context.new_page()
        page.goto(address_of(forms, "Equipment sharing scheme"))
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_label("Body").fill("One.\n\nTwo & three.")
        page.get_by_role("button", name="Save draft", exact=True).click()
        expect(page.locator(".messagelist")).to_contain_text("Draft saved")
        assert page.get_by_label("Body").input_value() == "<p>One.</p><p>Two &amp; three.</p>"


def test_nothing_is_asked_where_nothing_was_changed(era):
    body(era).focus()
    assert leaves(era)
    era.wait_for_url("**/admin/")


@pytest.mark.parametrize(
    "change",
    [
        lambda page: type_at_the_end(page, "x"),
        lambda page: page.get_by_label("Short name").fill("x"),
        lambda page: page.get_by_role("checkbox").first.click(),
        lambda page: page.get_by_role("button", name="Add another Link").click(),
    ],
    ids=["words", "line", "choice", "part"],
)
def test_leaving_what_is_not_saved_asks_first(era, change):
    change(era)
    assert not leaves(era)
    assert "/change/" in era.url


def test_what_could_not_be_saved_is_not_left_unasked_either(era):
    era.get_by_label("Slug").first.fill("not a slug")
    era.get_by_role("button", name="Save draft", exact=True).click()
    expect(era.locator(".errornote")).to_be_visible()
    assert era.asked == []
    assert not leaves(era)


def test_the_public_site_has_no_script(signed_in, forms):  # noqa: F811
    for address in ("/", "/programmes/era/", "/about/"):
        signed_in.goto(address)
        assert signed_in.locator("script:not([type='application/ld+json'])").count() == 0
