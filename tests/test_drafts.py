"""Drafts: what is saved at the desk, and what visitors see meanwhile."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enquiries.models import Enquiry
from faq.models import Question, Section
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Figure, Programme, Testimonial
from publishing import sandbox, sharing, state, workflow
from publishing.admin.content import ContentAdmin
from publishing.models import Content, Publishable, Revision
from topics.models import Topic

from .desk import FormReader, address, form_of, publish, save

pytestmark = pytest.mark.django_db

DRAFTED = [model for model in admin.site._registry if issubclass(model, Publishable)]


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


@pytest.fixture
def editor(django_user_model):
    """Somebody who may change programmes and not publish them."""
    user = django_user_model.objects.create_user("ada", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_programme"))
    return user


@pytest.fixture
def editor_client(editor):
    client = Client()
    client.force_login(editor)
    return client


def prefix_of(form, kind, key):
    """Return the beginning of the names of the part ``key`` in a form, as ``figures-0``."""
    return next(
        name.removesuffix("-id")
        for name, values in form.items()
        if name.startswith(f"{kind}-") and name.endswith("-id") and values == [str(key)]
    )


# What is saved


def test_the_pages_of_all_steps_stand_below_the_same_lists(admin_client, era):
    save(admin_client, era, name="ERA anew")
    lists = [reverse("admin:app_list", args=["programmes"]), address(Programme, "changelist")]
    for step in ("publish", "discard", "take_down", "share", "history"):
        html = admin_client.get(address(Programme, step, era.pk)).content.decode()
        above = html.split('<div class="breadcrumbs">')[1].split("</div>")[0]
        assert [link for link in lists if f'"{link}"' in above] == lists, step


def test_a_form_that_claims_endless_parts_is_refused_with_few_of_them(admin_client, era):
    form = form_of(admin_client, era) | {"figures-TOTAL_FORMS": "999999"}
    response = admin_client.post(address(Programme, "change", era.pk), form)
    inlines = response.context["inline_admin_formsets"]
    figures = next(one.formset for one in inlines if one.formset.prefix == "figures")
    assert figures.non_form_errors() and len(figures.forms) == 100
    assert workflow.pending(era) is None


def test_what_is_saved_is_in_the_form_and_not_on_the_page(admin_client, client, era):
    assert save(admin_client, era, summary="Quokka.").status_code == 302
    assert form_of(admin_client, era)["summary"] == ["Quokka."]
    era.refresh_from_db()
    assert "Quokka" not in era.summary
    assert b"Quokka" not in client.get("/programmes/").content
    assert workflow.pending(era).data["summary"] == "Quokka."


def test_publishing_shows_the_draft_to_visitors(admin_client, client, era):
    publish(admin_client, era, summary="Quokka.")
    assert b"Quokka" in client.get("/programmes/").content
    assert workflow.pending(era) is None


def test_parts_and_choices_are_drafted_with_it(admin_client, era):
    form = form_of(admin_client, era)
    counts = next(name for name in form if name.startswith("figures-0-counts"))
    before = state.read(era)
    topics = before["topics"]
    keep = list(topics)[1:]
    save(admin_client, era, topics=keep, **{counts: "quokkas"})
    assert state.read(era) == before
    draft = workflow.drafted(era)
    assert set(draft["topics"]) == set(keep)
    assert "quokkas" in {figure["counts"] for figure in draft["figures"].values()}
    workflow.publish(era, None, expected=workflow.latest(era))
    assert state.read(era) == draft


def test_parts_are_added_and_deleted_in_a_draft_and_edited_there_again(admin_client, era):
    before = state.read(era)
    gone = era.figures.first()
    form = form_of(admin_client, era)
    number = int(form["figures-TOTAL_FORMS"][0])
    new = {
        "as_written": "12",
        "amount": "12",
        "counts": "quokkas",
        "kind": "aim",
        "slug": "quokkas",
    }
    added = {f"figures-{number}-{name}": value for name, value in new.items()}
    added |= {f"figures-{number}-order": "0", "figures-TOTAL_FORMS": str(number + 1)}
    deleted = {f"{prefix_of(form, 'figures', gone.pk)}-DELETE": "on"}
    assert save(admin_client, era, **added, **deleted).status_code == 302
    assert state.read(era) == before

    figures = workflow.drafted(era)["figures"]
    assert str(gone.pk) not in figures
    [key] = figures.keys() - before["figures"].keys()
    again = {f"{prefix_of(form_of(admin_client, era), 'figures', key)}-counts": "wombats"}
    assert save(admin_client, era, **again).status_code == 302
    publish(admin_client, era, summary="Quokka.")
    assert Figure.objects.get(pk=key).counts == "wombats"
    assert not Figure.objects.filter(pk=gone.pk).exists()


def test_saving_what_the_draft_has_already_says_that_and_no_more(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    number = workflow.latest(era)
    save(admin_client, era)
    told = admin_client.get(reverse("admin:index")).context["messages"]
    assert [str(message) for message in told] == ["You changed nothing."]
    assert workflow.latest(era) == number


@pytest.mark.parametrize("button", ["_draft", "_preview", "_publish"])
def test_who_may_only_add_is_led_where_they_may_go(client, editor, button):
    editor.user_permissions.set([Permission.objects.get(codename="add_person")])
    client.force_login(editor)
    page = reverse("admin:people_person_add")
    form = FormReader(client.get(page).content.decode()).values
    typed = {"family_name": "Quokka", "slug": "quokka", button: "yes"}
    response = client.post(page, form | typed, follow=True)
    assert response.status_code == 200
    assert "Draft saved." in response.content.decode()


def test_saving_what_is_there_makes_no_draft(admin_client, era):
    save(admin_client, era)
    assert workflow.pending(era) is None
    assert [revision.kind for revision in Revision.objects.of(era)] == ["as-found"]


def test_a_save_with_a_slip_in_it_saves_nothing_and_keeps_what_was_typed(admin_client, era):
    response = save(admin_client, era, summary="Quokka.", slug="not a slug")
    assert response.status_code == 200
    assert "Quokka." in response.content.decode()
    assert workflow.pending(era) is None
    era.refresh_from_db()
    assert era.summary != "Quokka."


@pytest.mark.parametrize("model", DRAFTED, ids=lambda model: model._meta.label)
def test_what_is_new_stays_hidden_until_it_is_published(admin_client, admin_user, model):
    if model is Partnership:
        assert admin_client.get(address(model, "add")).status_code == 403
        return
    page = admin_client.get(address(model, "add")).content.decode()
    form = FORMS[model]() | management_of(page)
    response = admin_client.post(address(model, "add"), form)
    assert response.status_code == 302, response.context["errors"]
    thing = model.objects.latest("pk") if model is not Figure else Figure.objects.get(slug="quokka")
    assert not thing.is_published
    assert not model.objects.public().filter(pk=thing.pk).exists()
    assert workflow.pending(thing).user == admin_user
    [entry] = LogEntry.objects.all()
    assert (entry.action_flag, entry.object_id) == (ADDITION, str(thing.pk))
    workflow.publish(thing, None, expected=workflow.latest(thing))
    assert model.objects.public().filter(pk=thing.pk).exists()


def management_of(page):
    """Return how many parts of each kind a form has, which each brings back."""
    values = FormReader(page).values
    return {name: value for name, value in values.items() if "_FORMS" in name}


FORMS = {
    Figure: lambda: {
        "slug": "quokka",
        "as_written": "12",
        "amount": "12",
        "counts": "quokkas",
        "kind": "aim",
        "order": "0",
    },
    Partner: lambda: {
        "short_name": "Quokka",
        "official_name": "University of Quokka",
        "slug": "quokka",
        "city": "Perth",
        "website": "https://example.org/",
        "ror": "https://ror.org/03angcq70",
        "latitude": "52.5",
        "longitude": "-1.5",
    },
    Person: lambda: {"family_name": "Quokka", "slug": "quokka"},
    Programme: lambda: {
        "name": "Quokka",
        "slug": "quokka",
        "kind": "research",
        "summary": "Quokka.",
        "body": "Quokka.",
        "order": "0",
    },
    Question: lambda: {
        "section": Section.objects.first().pk,
        "question": "Quokka?",
        "answer": "Quokka.",
        "slug": "quokka",
        "order": "0",
    },
    Role: lambda: {"title": "Keeper of quokkas", "slug": "quokka", "order": "0"},
    Testimonial: lambda: {
        "slug": "quokka",
        "quotation": "Quokka.",
        "person": Person.objects.public().first().pk,
        "role_as_quoted": "Keeper",
        "order": "0",
    },
    Topic: lambda: {"name": "Quokka", "slug": "quokka"},
} | {
    model: lambda: {
        "title": "Quokka",
        "slug": "quokka",
        "path": "/quokka/",
        "description": "Quokka.",
    }
    for model in DRAFTED
    if model._meta.model_name == "page"
}


def test_an_edit_of_the_one_partnership_waits_too(admin_client, client):
    save(admin_client, Partnership.objects.get(), strapline="Quokka")
    assert b"Quokka" not in client.get("/").content
    publish(admin_client, Partnership.objects.get(), strapline="Quokka")
    assert b"Quokka" in client.get("/").content


def test_a_figure_of_a_programme_is_edited_on_the_form_of_that(admin_client, era):
    figure = era.figures.first()
    for page in ("change", "publish", "discard", "take_down", "compare", "history"):
        response = admin_client.get(address(Figure, page, figure.pk))
        assert response.url == address(Programme, "change", era.pk), page
    response = admin_client.post(address(Figure, "change", figure.pk), {"counts": "quokkas"})
    assert response.url == address(Programme, "change", era.pk)
    figure.refresh_from_db()
    assert figure.counts != "quokkas"


@pytest.mark.parametrize(
    ("field", "other", "told"),
    [
        ("parent", "era", "part of itself"),
        ("succeeded_by", "era", "has a successor"),
        ("succeeded_by", "talent", "has a successor"),
    ],
)
def test_a_rule_about_several_fields_is_told_and_no_error(admin_client, era, field, other, told):
    chosen = Programme.objects.get(slug=other)
    response = save(admin_client, era, **{field: chosen.pk})
    assert response.status_code == 200
    assert told in response.content.decode()


# The number that a form knows itself by


def test_a_save_from_an_older_form_is_refused(admin_client, era):
    form = form_of(admin_client, era)
    save(admin_client, era, summary="Quokka.")
    response = admin_client.post(
        address(Programme, "change", era.pk), form | {"who_takes_part": "Wombats"}
    )
    assert response.status_code == 200
    html = response.content.decode()
    assert "Not saved" in html and "Quokka" in html and "Wombats" in html
    assert workflow.pending(era).data["who_takes_part"] == era.who_takes_part


def test_what_stood_there_is_noted_when_the_form_is_opened(admin_client, era):
    before = state.read(era)
    form = form_of(admin_client, era)
    [found] = Revision.objects.of(era)
    assert form["revision"] == [str(found.pk)]
    assert found.data == before


def test_a_form_never_takes_itself_for_newer_than_it_is(admin_client, monkeypatch, era):
    """On PostgreSQL others save while a form is drawn."""
    rendered = ContentAdmin.rendered

    def after_somebody_saved(*arguments):
        monkeypatch.setattr(ContentAdmin, "rendered", rendered)
        data = state.read(era) | {"summary": "Quokka."}
        workflow.save_draft(era, None, data, base=workflow.rows_as_noted(era))
        return rendered(*arguments)

    monkeypatch.setattr(ContentAdmin, "rendered", after_somebody_saved)
    form = form_of(admin_client, era)
    response = admin_client.post(
        address(Programme, "change", era.pk), form | {"who_takes_part": "Wombats"}
    )
    assert "Not saved" in response.content.decode()
    assert workflow.pending(era).data["summary"] == "Quokka."


@pytest.mark.parametrize("number", [None, "", "0", "-1", "x", "9" * 40, "²"])
def test_a_form_that_names_no_revision_saves_nothing(admin_client, era, number):
    form = form_of(admin_client, era) | {"summary": "Quokka.", "revision": number}
    if number is None:
        del form["revision"]
    response = admin_client.post(address(Programme, "change", era.pk), form)
    assert response.status_code == 200
    assert "Quokka." in response.content.decode()
    assert workflow.pending(era) is None


# What can't be used any more


def test_a_slug_that_was_taken_meanwhile_is_named_and_no_error(admin_client, era):
    save(admin_client, era, slug="quokka")
    Programme.objects.filter(slug="talent").update(slug="quokka")
    response = admin_client.get(address(Programme, "change", era.pk))
    assert response.status_code == 200
    assert "already exists" in response.content.decode()
    assert form_of(admin_client, era)["slug"] == ["era"]


def test_a_choice_that_was_deleted_meanwhile_is_named_and_no_error(admin_client, era):
    role = Role.objects.create(title="Keeper", slug="keeper")
    save(admin_client, era, contacts=[role.pk])
    role.delete()
    html = admin_client.get(address(Programme, "change", era.pk)).content.decode()
    assert "Contacts: It was deleted." in html


@pytest.fixture
def deleted_once_found(monkeypatch):
    """Let somebody delete what is asked for at the desk once it was found."""
    find = ContentAdmin.get_object

    def find_and_lose(self, *args):
        if thing := find(self, *args):
            rows = type(thing)._base_manager.filter(pk=thing.pk)
            rows._raw_delete(rows.db)
        return thing

    monkeypatch.setattr(ContentAdmin, "get_object", find_and_lose)


@pytest.mark.parametrize(
    "step", ["change", "publish", "share", "preview", "take_down", "discard", "compare", "history"]
)
def test_what_is_deleted_meanwhile_is_said_to_be_gone(admin_client, request, step):
    topic = Topic.objects.create(name="Quokkas", slug="quokkas", is_published=True)
    save(admin_client, topic, name="Wombats")
    sharing.share(topic, expected=workflow.latest(topic))
    request.getfixturevalue("deleted_once_found")
    response = admin_client.get(address(Topic, step, topic.pk), follow=True)
    assert response.status_code == 200
    if step in ("change", "publish", "share", "preview"):
        assert "Perhaps it was deleted?" in response.content.decode()


# Who may do what


def test_who_may_not_publish_saves_drafts_all_the_same(editor_client, editor, era):
    assert save(editor_client, era, summary="Quokka.", _submit="1").status_code == 302
    draft = workflow.pending(era)
    assert (draft.kind, draft.user) == (Revision.Kind.SUBMITTED, editor)


def test_who_may_only_look_can_neither_save_nor_take_a_step(client, editor, era):
    editor.user_permissions.set([Permission.objects.get(codename="view_programme")])
    client.force_login(editor)
    page = address(Programme, "change", era.pk)
    assert client.get(page).status_code == 200
    assert client.post(page, {"summary": "Quokka.", "revision": "1"}).status_code == 403
    assert "Nothing on the site refers to it" not in client.get(page).content.decode()
    for step in ("publish", "discard", "take_down", "restore"):
        assert client.get(address(Programme, step, era.pk)).status_code == 403, step
    assert workflow.pending(era) is None


def test_with_four_eyes_somebody_else_publishes(editor, admin_user, era, settings):
    editor.user_permissions.add(Permission.objects.get(codename="publish_content"))
    workflow.note_as_found(era)
    data = state.read(era) | {"summary": "Quokka."}
    workflow.save_draft(era, editor, data, base=workflow.rows_as_noted(era))
    assert workflow.may_publish(editor, era)
    settings.FOUR_EYES = True
    assert not workflow.may_publish(editor, era)
    assert workflow.may_publish(admin_user, era)


@pytest.fixture
def scoped(monkeypatch):
    """Let nobody but its editors change a programme."""
    monkeypatch.setattr(
        type(admin.site.get_model_admin(Programme)),
        "has_change_permission",
        lambda self, request, obj=None: obj is None or request.user in obj.editors.all(),
    )


def test_a_draft_that_names_an_editor_lets_nobody_in(editor_client, editor, era, scoped):
    workflow.note_as_found(era)
    data = state.read(era) | {"editors": {str(editor.pk): {}}}
    workflow.save_draft(era, None, data, base=workflow.rows_as_noted(era))
    page = address(Programme, "change", era.pk)
    html = editor_client.get(page).content.decode()
    assert "_draft" not in html and "_submit" not in html
    assert editor_client.post(page, {"revision": workflow.latest(era)}).status_code == 403
    Enquiry.objects.create(name="Jo", email="jo@example.org", text="Hello.", programme=era)
    assert not Enquiry.objects.seen_by(editor).exists()


def test_who_is_no_account_manager_names_no_editor(editor_client, editor, era):
    save(editor_client, era, summary="Quokka.", editors=[editor.pk])
    assert workflow.pending(era).data["editors"] == {}


@pytest.mark.parametrize("step", ["restore", "discard"])
def test_who_is_no_account_manager_becomes_no_editor_again_by_the_history(
    admin_client, editor_client, editor, era, step
):
    era.editors.add(editor)
    before = workflow.note_as_found(era)
    workflow.take_down(era, None, expected=workflow.latest(era), reason="Old.")
    save(admin_client, era, editors=[], summary="Quokka.")
    sent = {"revision": workflow.latest(era), "state": before.pk}
    assert editor_client.post(address(Programme, step, era.pk), sent).status_code == 302
    era.refresh_from_db()
    assert era.summary != "Quokka."
    assert not era.editors.exists()


@pytest.mark.parametrize("step", ["restore", "discard"])
def test_who_may_not_change_its_figures_brings_none_back_by_the_history(
    admin_client, editor_client, era, step
):
    before = workflow.note_as_found(era)
    workflow.take_down(era, None, expected=workflow.latest(era), reason="Old.")
    figure = era.figures.first()
    Figure.objects.filter(pk=figure.pk).update(as_written="9 quokkas")
    save(admin_client, era, summary="Quokka.")
    sent = {"revision": workflow.latest(era), "state": before.pk}
    assert editor_client.post(address(Programme, step, era.pk), sent).status_code == 302
    era.refresh_from_db()
    figure.refresh_from_db()
    assert era.summary != "Quokka."
    assert figure.as_written == "9 quokkas"


def test_deleting_is_for_administrators_and_for_what_nobody_sees(admin_client, editor_client, era):
    Question.objects.filter(programme=era).delete()  # it is the answer to them
    page = address(Programme, "delete", era.pk)
    assert admin_client.get(page).status_code == 403
    workflow.take_down(era, None, expected=workflow.latest(era), reason="It has ended.")
    assert editor_client.get(page).status_code == 403
    assert admin_client.post(page, {"post": "yes"}).status_code == 302
    assert not Programme.objects.filter(pk=era.pk).exists()
    assert Revision.objects.filter(object_id=str(era.pk)).exists()


# What else Django's admin does


def test_a_save_is_one_entry_of_the_log(admin_client, admin_user, era):
    save(admin_client, era, summary="Quokka.")
    [entry] = LogEntry.objects.all()
    assert (entry.action_flag, entry.user, entry.object_id) == (CHANGE, admin_user, str(era.pk))
    assert entry.get_change_message() == "Changed Summary."
    save(admin_client, era)
    save(admin_client, era, slug="not a slug")
    assert LogEntry.objects.count() == 1


def test_another_form_gets_the_answer_that_it_waits_for(admin_client):
    new = FORMS[Role]() | {"_popup": "1"}
    response = admin_client.post(f"{address(Role, 'add')}?_popup=1", new)
    assert response.status_code == 200
    assert "popup_response" in response.content.decode()
    role = Role.objects.get(slug="quokka")
    assert workflow.pending(role)

    live = Role.objects.get(slug="mi-health-manager")
    response = save(admin_client, live, title="Keeper of wombats", _popup="1")
    assert "popup_response" in response.content.decode()
    assert workflow.pending(live).data["title"] == "Keeper of wombats"
    live.refresh_from_db()
    assert live.title == "MI Health Manager"


def test_nothing_passes_by_the_drafts(admin_client, rf, admin_user):
    request = rf.get("/")
    request.user = admin_user
    for model in DRAFTED:
        desk = admin.site.get_model_admin(model)
        assert isinstance(desk, ContentAdmin), model
        assert not desk.list_editable, model
        assert not desk.get_actions(request), model
    for model, desk in admin.site._registry.items():
        assert not desk.list_editable, model
        inlines = [inline.model for inline in desk.inlines]
        parts = {relation.related_model for relation in state.parts_of(model)}
        assert {part for part in inlines if issubclass(part, Content)} <= parts, model


def test_visitors_never_wait_for_a_sandbox_or_a_lock(client, monkeypatch, era):
    monkeypatch.setattr(sandbox, "sandbox", None)
    monkeypatch.setattr(workflow, "sandbox", None)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(era.get_absolute_url()).status_code == 200
    assert not [
        query for query in captured if "SAVEPOINT" in query["sql"] or "FOR " in query["sql"]
    ]


def test_a_form_without_a_draft_is_opened_without_a_sandbox_and_writes_nothing(
    admin_client, monkeypatch, era
):
    form_of(admin_client, era)
    monkeypatch.setattr(workflow, "sandbox", None)
    with CaptureQueriesContext(connection) as captured:
        form_of(admin_client, era)
    written = ("INSERT", "UPDATE", "DELETE", "SAVEPOINT")
    assert not [query["sql"] for query in captured if query["sql"].startswith(written)]


def test_settings_let_writers_of_sqlite_wait_in_a_line(settings):
    if connection.vendor == "sqlite":
        assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


# How much it costs


def queries(do):
    do()
    with CaptureQueriesContext(connection) as captured:
        response = do()
    assert response.status_code in (200, 302)
    return len(captured)


@pytest.mark.parametrize("has_draft", [False, True])
def test_a_form_takes_few_queries_and_no_more_with_more_figures(admin_client, era, has_draft):
    page = address(Programme, "change", era.pk)

    def ask():
        if has_draft:
            save(admin_client, era, summary="Quokka.")
        else:
            form_of(admin_client, era)
        opened = queries(lambda: admin_client.get(page))
        form = form_of(admin_client, era) | {"who_takes_part": f"Wombats {opened}"}
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.post(page, form).status_code == 302
        workflow.discard(era, None, expected=workflow.latest(era))
        return opened, len(captured)

    few = ask()
    for number in range(8):
        era.figures.create(
            slug=f"quokkas-{number}", as_written="1", amount=1, counts="quokkas", kind="aim"
        )
    more = ask()
    assert max(few + more) <= 60
    assert more == few
