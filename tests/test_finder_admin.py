"""The desk of the finder: what was asked in vain, why, and what staff do about it."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone

from finder import admin, index, matching
from finder.models import OutOfScope, UnansweredQuery
from publishing import workflow
from topics.models import Topic

from .site_map import Reading, read

pytestmark = pytest.mark.django_db

QUERIES = "/admin/finder/unansweredquery/"
SUBJECTS = "/admin/finder/outofscope/"


@pytest.fixture
def freight():
    return Topic.objects.get(slug="freight")


@pytest.fixture
def asked():
    """Return a function that records a question as asked in vain."""

    def ask(text, days_ago=0):
        last_asked = timezone.now() - timedelta(days=days_ago)
        return UnansweredQuery.objects.create(text=text, last_asked=last_asked)

    return ask


@pytest.fixture
def staff(client, django_user_model):
    """Return a function that signs somebody in who has nothing but the given permissions."""

    def sign_in(*permissions):
        user = django_user_model.objects.create_user("somebody", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client.force_login(user)
        return client

    return sign_in


def add_to_topic(client, *queries, **choice):
    """Send the form that adds ``queries`` to a topic, and read where it leads."""
    form = {"action": "add_to_topic", "_selected_action": [query.pk for query in queries]}
    response = client.post(QUERIES, form | choice, follow=True)
    assert response.status_code == 200
    return Reading(response.content.decode())


def teach(client, topic, *queries):
    return add_to_topic(client, *queries, teach="Add to this topic", topic=topic.pk)


def try_query(client, question):
    return read(client, f"{QUERIES}try/?{urlencode({'q': question})}")


def save_subject(client, subject, **changes):
    form = {"name": subject.name, "slug": subject.slug, "words": "\n".join(subject.words)}
    response = client.post(f"{SUBJECTS}{subject.pk}/change/", form | changes, follow=True)
    return Reading(response.content.decode())


def in_vain():
    return set(UnansweredQuery.objects.values_list("text", flat=True))


# Adding to a topic


def test_staff_add_the_words_of_an_unanswered_query_to_a_topic(
    committing_db, admin_client, freight, asked
):
    query = asked("zyzzyva")
    changed_at = freight.changed_at
    assert "zyzzyva" in add_to_topic(admin_client, query).text
    done = teach(admin_client, freight, query)
    assert "“zyzzyva” now leads to Midlands Innovation Transport Group." in done.text
    assert ("Midlands Innovation Transport Group", "/programmes/transport/") in done.links
    freight.refresh_from_db()
    assert freight.synonyms[-1] == "zyzzyva"
    assert freight.changed_at > changed_at
    assert in_vain() == set()
    logged = LogEntry.objects.get()
    assert logged.get_edited_object() == freight
    assert logged.change_message == "Added synonyms: zyzzyva."


def test_adding_to_a_topic_without_one_asks_again(admin_client, asked):
    page = add_to_topic(admin_client, asked("zyzzyva"), teach="Add to this topic")
    assert page.words["title"][0].startswith("Error: ")
    assert "This field is required" in page.text
    assert in_vain() == {"zyzzyva"}


def test_only_public_topics_are_offered_by_name(admin_client, freight, asked):
    Topic.objects.filter(pk=freight.pk).update(is_published=False)
    query = asked("zyzzyva")
    offered = add_to_topic(admin_client, query).words["option"][1:]
    assert offered == [topic.name for topic in Topic.objects.public().order_by("name")]
    assert "Freight" not in offered
    assert "Select a valid choice" in teach(admin_client, freight, query).text
    freight.refresh_from_db()
    assert "zyzzyva" not in freight.synonyms


def test_a_topic_that_its_own_form_would_refuse_still_takes_words(admin_client, freight, asked):
    Topic.objects.filter(pk=freight.pk).update(source=["nowhere.txt:1"])
    teach(admin_client, freight, asked("zyzzyva"))
    freight.refresh_from_db()
    assert freight.synonyms[-1] == "zyzzyva"
    assert freight.source == ["nowhere.txt:1"]


def test_what_a_colleague_saves_meanwhile_stays(admin_client, freight, asked, monkeypatch):
    is_valid = admin.TopicForm.is_valid

    def colleague_comes_first(form):
        result = is_valid(form)
        Topic.objects.filter(pk=freight.pk).update(name="Goods", synonyms=["pallets"])
        return result

    monkeypatch.setattr(admin.TopicForm, "is_valid", colleague_comes_first)
    teach(admin_client, freight, asked("zyzzyva"))
    freight.refresh_from_db()
    assert (freight.name, freight.synonyms) == ("Goods", ["pallets", "zyzzyva"])


def test_adding_writes_nothing_but_the_synonyms(admin_client, freight, asked):
    others = [name for name in Topic.objects.values().first() if name != "changed_at"]
    before = Topic.objects.values(*others).get(pk=freight.pk)
    teach(admin_client, freight, asked("zyzzyva"))
    after = Topic.objects.values(*others).get(pk=freight.pk)
    assert after == before | {"synonyms": [*before["synonyms"], "zyzzyva"]}


def test_a_topic_that_is_deleted_meanwhile_is_said_to_be_gone(
    admin_client, freight, asked, monkeypatch
):
    monkeypatch.setattr(workflow, "locked", lambda thing: None)
    page = teach(admin_client, freight, asked("zyzzyva"))
    assert "This was deleted meanwhile." in page.text
    assert in_vain() == {"zyzzyva"}


def test_a_topic_without_its_log_entry_is_not_changed(
    committing_db, admin_client, freight, asked, monkeypatch
):
    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr(LogEntry.objects, "log_actions", fail)
    with pytest.raises(RuntimeError):
        teach(admin_client, freight, asked("zyzzyva"))
    freight.refresh_from_db()
    assert "zyzzyva" not in freight.synonyms
    assert in_vain() == {"zyzzyva"}


def test_what_a_topic_has_already_is_not_added_twice(admin_client, freight, asked):
    had = list(freight.synonyms)
    assert "lorries" in had
    page = teach(admin_client, freight, asked("the lorry"), asked("zyzzyvas"), asked("zyzzyva"))
    assert "“the lorry” is not added: Freight has “lorries” already." in page.text
    freight.refresh_from_db()
    assert len(freight.synonyms) == len(had) + 1
    assert freight.synonyms[:-1] == had


def test_words_that_the_finder_does_not_compare_are_not_added(admin_client, freight, asked):
    had = list(freight.synonyms)
    page = teach(admin_client, freight, asked("交通"))
    assert "“交通” still leads nowhere" in page.text
    freight.refresh_from_db()
    assert freight.synonyms == had
    assert in_vain() == {"交通"}


def test_what_still_leads_nowhere_stays_in_the_list_with_the_reason(
    committing_db, admin_client, asked
):
    idle = Topic.objects.create(name="Zymurgy", slug="zymurgy", is_published=True)
    page = teach(admin_client, idle, asked("zyzzyva"))
    assert (
        "“zyzzyva” still leads nowhere, and stays in this list: "
        "nothing public that has the topic Zymurgy fits it." in page.text
    )
    assert in_vain() == {"zyzzyva"}


def test_a_subject_out_of_scope_that_still_wins_is_named(
    committing_db, admin_client, freight, asked
):
    subject = OutOfScope.objects.create(name="Beetles", slug="beetles", words=["zyzzyva"])
    page = teach(admin_client, freight, asked("zyzzyva"))
    assert "the subject out of scope Beetles wins" in page.text
    assert ("Beetles", f"{SUBJECTS}{subject.pk}/change/") in page.links
    assert in_vain() == {"zyzzyva"}


def test_queries_that_are_gone_meanwhile_are_said_to_be(admin_client, freight, asked):
    query = asked("zyzzyva")
    UnansweredQuery.objects.all().delete()
    query.pk = 1
    assert "no longer in the list" in teach(admin_client, freight, query).text
    freight.refresh_from_db()
    assert "zyzzyva" not in freight.synonyms
    assert not LogEntry.objects.exists()


# A query by itself


def test_the_page_of_a_query_leads_to_all_that_can_be_done_about_it(admin_client, asked):
    query = asked("zyzzyva & co")
    links = dict(read(admin_client, f"{QUERIES}{query.pk}/change/").links)
    assert "“zyzzyva & co”" in read(admin_client, links["Try it"]).text
    page = read(admin_client, links["Add to a topic"])
    assert "zyzzyva & co" in page.text
    assert {"_selected_action", "topic", "teach"} <= {a.get("name") for _, a in page.elements}


def test_the_page_for_adding_a_query_that_is_gone_is_not_found(admin_client):
    assert admin_client.get(f"{QUERIES}1/add-to-topic/").status_code == 404


def test_nobody_adds_a_query_by_hand(admin_client):
    assert admin_client.get(f"{QUERIES}add/").status_code == 403


def test_staff_never_see_what_should_be_gone(admin_client, asked):
    old, new = asked("roman pottery", days_ago=91), asked("medieval manuscripts", days_ago=89)
    page = read(admin_client, QUERIES)
    assert "medieval manuscripts" in page.text
    assert "roman pottery" not in page.text
    assert admin_client.get(f"{QUERIES}{old.pk}/change/").status_code == 302
    assert admin_client.get(f"{QUERIES}{new.pk}/change/").status_code == 200
    assert in_vain() == {"medieval manuscripts"}


def test_the_log_does_not_keep_what_is_deleted(admin_client, asked):
    one, other = asked("roman pottery"), asked("medieval manuscripts")
    admin_client.post(f"{QUERIES}{one.pk}/delete/", {"post": "yes"})
    form = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    admin_client.post(QUERIES, form)
    assert in_vain() == set()
    assert not LogEntry.objects.exists()


# Who may


VIEW, DELETE = "view_unansweredquery", "delete_unansweredquery"


@pytest.mark.parametrize("permissions", [(VIEW, DELETE), (VIEW, "change_topic")])
def test_adding_to_a_topic_takes_two_permissions(staff, freight, asked, permissions):
    client, query = staff(*permissions), asked("zyzzyva")
    assert "Add to a topic" not in read(client, QUERIES).text
    assert "Add to a topic" not in read(client, f"{QUERIES}{query.pk}/change/").text
    assert client.get(f"{QUERIES}{query.pk}/add-to-topic/").status_code == 403
    teach(client, freight, query)
    freight.refresh_from_db()
    assert "zyzzyva" not in freight.synonyms
    assert in_vain() == {"zyzzyva"}


def test_somebody_with_both_permissions_adds_to_a_topic(staff, freight, asked):
    client, query = staff(VIEW, DELETE, "change_topic"), asked("zyzzyva")
    assert "Add to a topic…" in read(client, QUERIES).words["option"]
    assert client.get(f"{QUERIES}{query.pk}/add-to-topic/").status_code == 200
    teach(client, freight, query)
    freight.refresh_from_db()
    assert "zyzzyva" in freight.synonyms


def test_a_subject_is_no_link_for_those_who_may_not_open_it(committing_db, staff):
    OutOfScope.objects.create(name="Beetles", slug="beetles", words=["zyzzyva"])
    page = try_query(staff(VIEW), "zyzzyva")
    assert "Beetles" in page.words["th"]
    assert "Beetles" not in dict(page.links)


def test_trying_a_query_needs_the_permission_to_view(staff):
    assert staff("view_topic").get(f"{QUERIES}try/?q=a").status_code == 403


def test_visitors_who_try_a_query_are_sent_to_sign_in(client):
    assert client.get(f"{QUERIES}try/?q=a").status_code == 302


# Trying


def test_the_list_of_unanswered_queries_leads_to_the_trial(admin_client):
    assert ("Try a query", f"{QUERIES}try/") in read(admin_client, QUERIES).links


def test_staff_try_a_query_and_see_what_was_read_and_found(admin_client):
    page = try_query(admin_client, "satelite lorries")
    assert "“satelite” as “satellite”" in page.text
    assert "Midlands Innovation Space Group" in page.words["th"]
    assert "“lorries” in topic: lorries (Freight)" in page.text
    assert in_vain() == set()


def test_the_parts_of_a_score_add_up_to_it(admin_client):
    page = try_query(admin_client, "Midlands Innovation Health")
    answer = index.current().ask("Midlands Innovation Health")
    numbers = [float(cell) for cell in page.words["td"] if re.fullmatch(r"\d\.\d\d", cell)]
    numbers = numbers[len(answer.asked) :]  # past how much each word tells
    rows = [numbers[place : place + 5] for place in range(0, len(numbers), 5)]
    assert len(rows) == len(answer.results) + bool(answer.out_of_scope)
    factors = re.search(r"Score = ([\d.]+) × .*? \+ ([\d.]+) ×", page.text)
    of_coverage, of_likeness = map(float, factors.groups())
    for score, coverage, likeness, name, kind in rows:
        total = of_coverage * coverage + of_likeness * likeness + name + kind
        assert score == pytest.approx(total, abs=0.02)
    assert max(row[3] for row in rows) > 0
    assert max(row[4] for row in rows) > 0


def test_the_numbers_that_decide_are_those_of_the_finder(admin_client, monkeypatch):
    monkeypatch.setattr(matching, "THRESHOLD", 0.37)
    monkeypatch.setattr(matching, "MOST_RESULTS", 3)
    monkeypatch.setattr(matching, "WORTH_SHOWING", 0.11)
    page = try_query(admin_client, "energy")
    assert "(below 0.37 nothing fits)" in page.text
    assert "At most 3 answers" in page.text
    assert "Answers below 0.11 of the best score are left out" in page.text


def test_the_answers_of_a_trial_are_those_of_visitors_in_their_order(admin_client, client):
    public = client.get("/find/", {"q": "energy skills", "format": "json"}).json()
    page = try_query(admin_client, "energy skills")
    titles = [result["title"] for result in public["results"]]
    assert [name for name in page.words["th"] if name in titles] == titles
    assert ("See it as they do", "/find/?q=energy+skills") in page.links


def test_a_trial_names_the_nearest_subject_out_of_scope_with_its_score(committing_db, admin_client):
    subject = OutOfScope.objects.create(name="Beetles", slug="beetles", words=["zyzzyva"])
    page = try_query(admin_client, "zyzzyva lorries")
    score = index.current().ask("zyzzyva lorries").out_of_scope.score
    assert f"Beetles scores {score:.2f}" in page.text
    assert ("Beetles", f"{SUBJECTS}{subject.pk}/change/") in page.links


@pytest.mark.parametrize("question", ["", "the", "交通", "medieval manuscripts", "x" * 9_000])
def test_a_trial_of_nothing_much_is_calm(admin_client, question):
    page = try_query(admin_client, question)
    assert page.slips == []
    assert ("Nothing fits" in page.text) == bool(question)


# Subjects out of scope


@pytest.mark.parametrize("words", ["freight", "Freights", "the lorry", "owls\nlorries"])
def test_a_subject_that_has_words_of_a_public_topic_is_warned_of(admin_client, words):
    subject = OutOfScope.objects.create(name="Beetles", slug="beetles", words=[])
    page = save_subject(admin_client, subject, words=words)
    clash = words.splitlines()[-1]
    assert f"“{clash}” belongs to the topic Freight: whoever searches for it" in page.text


def test_the_name_of_a_subject_is_compared_too(admin_client):
    subject = OutOfScope.objects.create(name="Lorry", slug="lorry", words=[])
    assert "“Lorry” belongs to the topic Freight" in save_subject(admin_client, subject).text


def test_a_subject_of_its_own_words_or_of_a_draft_is_not_warned_of(admin_client, freight):
    Topic.objects.filter(pk=freight.pk).update(is_published=False)
    words = ["zyzzyva", "lorries", "freight depots"]
    subject = OutOfScope.objects.create(name="Beetles", slug="beetles", words=words)
    page = save_subject(admin_client, subject)
    assert "was changed successfully" in page.text
    assert "belongs to the topic" not in page.text


# Well made


@pytest.mark.parametrize("page", ["", "try/?q=lorries", "{}/change/", "{}/add-to-topic/"])
def test_the_pages_are_well_formed_and_take_no_inline_style_or_script(admin_client, asked, page):
    response = admin_client.get(QUERIES + page.format(asked("zyzzyva").pk))
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count('aria-label="Breadcrumbs"') == 1
    assert not re.search(r"<style|<[^>]+\s(style|on[a-z]+)=", html)
    ids = Reading(html).ids
    assert len(ids) == len(set(ids))
