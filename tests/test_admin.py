import re
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enquiries.models import AnswerTemplate, Enquiry
from faq.models import Question, Section
from finder.models import UnansweredQuery
from outbox.models import OutgoingMessage
from partners.models import Partner, Partnership
from programmes.models import Figure, Programme
from publishing import workflow
from publishing.models import Child, Content, Gone, Publishable, SourceDocument, Update
from topics.models import Topic

from .desk import address, form_of, publish, save

pytestmark = pytest.mark.django_db

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
CONTENT = [model for model in REGISTERED if issubclass(model, Content)]
DRAFTED = [model for model in CONTENT if issubclass(model, Publishable)]
NEVER_ADDED = [
    Partnership,
    SourceDocument,
    UnansweredQuery,
    OutgoingMessage,
    Enquiry,
    Gone,
    Update,
]
BY_A_STEP = {"is_published"}  # publishing and taking down are steps of their own
ELSEWHERE = {Figure: {"programme"}}  # a figure of a programme is added on that one's form


@pytest.fixture(autouse=True)
def news():
    """What no content comes with: a page that was taken down, and something that was published."""
    era = Programme.objects.get(slug="era")
    Gone.objects.create(address="/once", reason="It was old.")
    Update.objects.create(
        content_type=workflow.content_type_of(era),
        object_id=era.pk,
        title=str(era),
        address=era.get_absolute_url(),
        is_new=False,
    )


def each(models):
    return pytest.mark.parametrize("model", models, ids=lambda model: model._meta.label)


def errors(response):
    return [str(message) for messages in response.context["errors"] for message in messages]


def everything():
    """Return all rows of all content and of the tables between, but for when they were saved."""
    return {
        model._meta.label: [
            {name: value for name, value in row.items() if name != "changed_at"}
            for row in model.objects.order_by("pk").values()
        ]
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_config.name not in ("django.contrib.admin", "django.contrib.sessions")
        and model._meta.model_name not in ("contentversion", "revision")
    }


# What is there


def test_all_content_is_in_the_admin_and_nothing_that_has_no_use():
    by_itself = {model for model in apps.get_models() if issubclass(model, Content)}
    by_itself -= {model for model in by_itself if issubclass(model, Child) and model is not Figure}
    others = {User, Group, UnansweredQuery, OutgoingMessage, Enquiry, AnswerTemplate}
    assert set(REGISTERED) == by_itself | others


@each(REGISTERED)
def test_visitors_are_sent_to_sign_in(client, model):
    response = client.get(address(model, "changelist"))
    assert response.status_code == 302
    assert response.url.startswith(reverse("admin:login"))


@each(REGISTERED)
def test_staff_see_the_list(admin_client, model):
    assert admin_client.get(address(model, "changelist"), follow=True).status_code == 200


@each([model for model in CONTENT if model not in NEVER_ADDED])
def test_staff_can_fill_in_every_field(admin_client, model):
    form = admin_client.get(address(model, "add")).context["adminform"].form
    fields = [*model._meta.fields, *model._meta.many_to_many]
    names = {field.name for field in fields if field.editable and not field.primary_key}
    assert names - BY_A_STEP - ELSEWHERE.get(model, set()) <= set(form.fields)
    assert not BY_A_STEP & set(form.fields)


@each([model for model in REGISTERED if model not in NEVER_ADDED])
def test_staff_see_an_empty_form(admin_client, model):
    assert admin_client.get(address(model, "add")).status_code == 200


@each(CONTENT)
def test_staff_can_search(admin_client, model):
    response = admin_client.get(address(model, "changelist"), {"q": "energy"}, follow=True)
    assert response.status_code == 200


def test_the_desk_is_arranged_as_the_site_is(admin_client):
    app_list = admin_client.get(reverse("admin:index")).context["app_list"]
    labels = [app["app_label"] for app in app_list]
    assert labels == [
        "enquiries",
        "partners",
        "programmes",
        "people",
        "faq",
        "pages",
        "topics",
        "finder",
        "publishing",
        "outbox",
        "auth",
    ]


@each(REGISTERED)
def test_no_page_of_the_admin_needs_an_inline_style_or_script(admin_client, model):
    pages = [address(model, "changelist")]
    if model not in NEVER_ADDED:
        pages.append(address(model, "add"))
    if thing := model.objects.first():
        pages.append(address(model, "change", thing.pk))
    for page in pages:
        html = admin_client.get(page, follow=True).content.decode()
        scripts = re.findall(r"<script([^>]*)>", html)
        assert all("src=" in script or "application/json" in script for script in scripts)
        assert not re.search(r"<style|<[^>]+\s(style|on[a-z]+)=", html)


@each(CONTENT)
def test_a_list_takes_as_many_queries_for_all_as_for_one(admin_client, model):
    for column in admin.site.get_model_admin(model).list_display:
        field = model._meta._forward_fields_map.get(column)
        if field and field.many_to_one and field.null:
            model.objects.update(**{column: field.related_model.objects.first()})

    def queries(**choice):
        with CaptureQueriesContext(connection) as captured:
            response = admin_client.get(address(model, "changelist"), choice)
        return len(captured), response

    queries()  # what Django looks up only once
    one, _ = queries(pk__exact=model.objects.first().pk)
    every, _ = queries()
    assert every == one


def test_what_can_be_several_is_ticked_and_has_no_button_that_breaks(admin_client):
    era = Programme.objects.get(slug="era")
    html = admin_client.get(address(Programme, "change", era.pk)).content.decode()
    assert re.search(r'<input type="checkbox" name="contacts"', html)
    assert "add_id_owner" in html  # Django's button to add a role, beside a select
    assert "add_id_contacts" not in html


# Naming


def test_the_desk_goes_by_the_name_of_the_partnership(admin_client):
    publish(admin_client, Partnership.objects.get(), name="Two Rivers", short_name="2R")
    LogEntry.objects.all().delete()  # the last of them has the name that was changed
    html = admin_client.get(reverse("admin:index")).content.decode()
    assert "Two Rivers: website desk" in html
    assert "2R website desk</title>" in html
    assert "Midlands Innovation" not in html


def test_staff_can_sign_in_before_there_is_any_content(client):
    Partnership.objects.all().delete()
    assert "Website desk" in client.get(reverse("admin:login")).content.decode()


def test_staff_can_sign_in_before_there_are_any_tables(client):
    def fail(*args):
        raise OperationalError("no such table")

    with connection.execute_wrapper(fail):
        assert "Website desk" in client.get(reverse("admin:login")).content.decode()


# Saving


@each(CONTENT)
def test_saving_a_form_as_it_is_changes_no_word(admin_client, model):
    before = everything()
    for thing in by_themselves(model):
        response = save(admin_client, thing)
        assert response.status_code == 302, (thing, errors(response))
    assert everything() == before


def by_themselves(model):
    """Return the rows of ``model`` that have a form of their own: a figure may be a programme's."""
    rows = model.objects.all()
    return rows.filter(programme=None) if model is Figure else rows


@each(DRAFTED)
def test_saving_a_form_as_it_is_makes_no_draft(admin_client, model):
    for thing in by_themselves(model):
        save(admin_client, thing)
        assert workflow.pending(thing) is None, thing


def test_a_fact_that_staff_publish_is_on_the_page_at_once(admin_client, client):
    era = Programme.objects.get(slug="era")
    client.get(era.get_absolute_url())
    publish(admin_client, era, body="ERA has opened an office on the Moon.")
    assert "an office on the Moon" in client.get(era.get_absolute_url()).content.decode()


def test_a_programme_that_staff_take_down_is_gone_at_once(admin_client, client):
    era = Programme.objects.get(slug="era")
    client.get(era.get_absolute_url())
    workflow.take_down(era, None, expected=workflow.latest(era), reason="It has ended.")
    assert client.get(era.get_absolute_url()).status_code == 410
    assert Gone.objects.about(era).get().reason == "It has ended."


def test_no_form_makes_anything_public_or_hides_it(admin_client):
    era = Programme.objects.get(slug="era")
    save(admin_client, era, is_published=[])
    era.refresh_from_db()
    assert era.is_published
    Programme.objects.filter(pk=era.pk).update(is_published=False)
    save(admin_client, era, is_published="on", summary="Shown?")
    era.refresh_from_db()
    assert not era.is_published


def test_plain_text_becomes_paragraphs(admin_client):
    era = Programme.objects.get(slug="era")
    save(admin_client, era, body="Heat & power.\r\n\r\nStorage.")
    assert workflow.drafted(era)["body"] == "<p>Heat &amp; power.</p><p>Storage.</p>"


def test_a_programme_with_a_hundred_of_each_part_can_be_saved(admin_client, settings):
    era = Programme.objects.get(slug="era")
    partners = Partner.objects.bulk_create(
        Partner(official_name=f"University {n}", short_name=f"U{n}", slug=f"u{n}")
        for n in range(100)
    )
    form = form_of(admin_client, era)
    for n in range(int(form["figures-TOTAL_FORMS"][0]), 100):
        typed = {"as_written": n, "amount": n, "counts": "laboratories", "kind": "achievement"}
        form |= part(form, "figures", n, slug=f"laboratories-{n}", **typed)
    for n, partner in enumerate(partners):
        form |= part(form, "participations", n, partner=partner.pk)
        form |= part(form, "links", n, label=f"Link {n}", address=f"https://example.org/{n}")
    for kind in ("figures", "participations", "links"):
        form[f"{kind}-TOTAL_FORMS"] = ["100"]
    sent = urlencode(form, doseq=True)
    assert len(sent.split("&")) < 0.9 * settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    response = admin_client.post(
        address(Programme, "change", era.pk),
        sent,
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 302, errors(response)
    draft = workflow.drafted(era)
    assert [len(draft[kind]) for kind in ("figures", "participations", "links")] == [100] * 3


def part(form, parts, number, **typed):
    """Return the fields that a browser sends of one more of ``parts``, with ``typed`` in it."""
    empty = f"{parts}-__prefix__-"
    fields = {
        name.replace("__prefix__", str(number)): values
        for name, values in form.items()
        if empty in name
    }
    return fields | {f"{parts}-{number}-{name}": [str(value)] for name, value in typed.items()}


def test_tags_that_are_not_allowed_vanish(admin_client):
    era = Programme.objects.get(slug="era")
    save(admin_client, era, body='<p onclick="x()">Heat<script>x()</script> <b>and</b> power.</p>')
    assert workflow.drafted(era)["body"] == "<p>Heat and power.</p>"


def test_topics_are_ticked(admin_client):
    era = Programme.objects.get(slug="era")
    chosen = [Topic.objects.first(), Topic.objects.last()]
    publish(admin_client, era, topics=[topic.pk for topic in chosen])
    assert set(era.topics.all()) == set(chosen)


def test_a_topic_that_does_not_exist_is_refused(admin_client):
    era = Programme.objects.get(slug="era")
    before = everything()
    response = save(admin_client, era, topics=["987654"])
    assert errors(response) == [
        "Select a valid choice. 987654 is not one of the available choices."
    ]
    assert everything() == before


def test_a_citation_says_how_to_write_it(admin_client):
    response = save(admin_client, Programme.objects.get(slug="era"), source="line 51 of the FAQ")
    assert errors(response) == [
        "“line 51 of the FAQ” is not a place in a source. Write the document, a colon and "
        "the number of the line."
    ]


def test_a_citation_of_a_line_that_is_not_there_is_refused(admin_client):
    response = save(
        admin_client, Programme.objects.get(slug="era"), source="faq.txt:51\nfaq.txt:999"
    )
    assert errors(response) == ["No source has this line: faq.txt:999."]


def test_a_slip_of_the_source_says_how_to_write_it(admin_client):
    response = save(admin_client, Programme.objects.get(slug="era"), errata="teh | the")
    assert errors(response) == [
        "“teh | the” needs three parts with a bar between them: what the source has | what the site "
        "shows | why."
    ]


def test_a_question_has_one_answer(admin_client):
    question = Question.objects.filter(programme=None).first()
    era = Programme.objects.get(slug="era")
    response = save(admin_client, question, programme=era.pk)
    assert errors(response) == [
        "Write an answer, or choose the programme that is the answer: one of the two."
    ]


# Public or not


def test_a_list_says_public_only_of_what_visitors_see(admin_client):
    question = Question.objects.filter(programme__isnull=False).first()
    Programme.objects.filter(pk=question.programme_id).update(is_published=False)
    rows = admin_client.get(address(Question, "changelist")).context["cl"].result_list
    listed = {row.pk: row.visible for row in rows}
    assert question.is_published
    assert listed[question.pk] is False
    assert {pk for pk, visible in listed.items() if visible} == set(
        Question.objects.public().values_list("pk", flat=True)
    )


def test_the_link_to_the_site_leads_to_the_page_while_there_is_one(admin_client):
    era = Programme.objects.get(slug="era")
    page = address(Programme, "change", era.pk)
    link = f'<a href="{era.get_absolute_url()}" class="viewsitelink">'
    assert link in admin_client.get(page).content.decode()
    Programme.objects.filter(pk=era.pk).update(is_published=False)
    assert "viewsitelink" not in admin_client.get(page).content.decode()


# Deleting, and what is never added


def test_a_section_with_questions_says_why_it_stays(admin_client):
    question = Question.objects.select_related("section").first()
    html = admin_client.get(address(Section, "delete", question.section_id)).content.decode()
    assert "would require deleting the following protected related objects" in html
    admin_client.post(address(Section, "delete", question.section_id), {"post": "yes"})
    assert Section.objects.filter(pk=question.section_id).exists()


def test_the_list_of_partnerships_leads_to_the_one(admin_client):
    partnership = Partnership.objects.get()
    response = admin_client.get(address(Partnership, "changelist"))
    assert response.url == address(Partnership, "change", partnership.pk)


def test_there_is_never_a_second_partnership_nor_none(admin_client):
    partnership = Partnership.objects.get()
    assert admin_client.get(address(Partnership, "add")).status_code == 403
    assert admin_client.get(address(Partnership, "delete", partnership.pk)).status_code == 403


def test_the_first_partnership_can_be_added(admin_client):
    Partnership.objects.all().delete()
    assert admin_client.get(address(Partnership, "changelist")).status_code == 200
    assert admin_client.get(address(Partnership, "add")).status_code == 200


def test_sources_stay_as_they_came(admin_client):
    document = SourceDocument.objects.get(name="faq.txt")
    assert admin_client.get(address(SourceDocument, "add")).status_code == 403
    assert admin_client.get(address(SourceDocument, "delete", document.pk)).status_code == 403
    html = admin_client.get(address(SourceDocument, "change", document.pk)).content.decode()
    number, text = document.passages()[0]
    assert f"<p>{number}: {text[:20]}" in html
