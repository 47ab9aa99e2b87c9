import pytest
from django.core.exceptions import ValidationError

from people.models import Role
from programmes.models import Programme
from topics.models import Topic

from .site_map import read

pytestmark = pytest.mark.django_db


def test_every_topic_is_listed(client):
    links = read(client, "/topics/").links
    assert [link for link in links if link[1].startswith("/topics/") and link[1] != "/topics/"] == [
        (topic.name, topic.get_absolute_url()) for topic in Topic.objects.all()
    ]


def test_a_topic_leads_to_its_programmes(client):
    links = read(client, "/topics/energy/").links
    assert ("Energy Research Accelerator", "/programmes/era/") in links
    assert ("ERA Skills", "/programmes/era-skills/") in links
    assert "/programmes/space/" not in dict(links).values()


def test_a_topic_leads_to_the_answers_about_it(client):
    links = read(client, "/topics/levelling-up/").links
    question = "Why does place matter to Midlands Innovation?"
    assert (question, "/faq/#why-place-matters") in links


def test_a_topic_leads_to_whoever_covers_it(client):
    page = read(client, "/topics/press/").text
    assert "Nearest role Sarah Alton MI Public Affairs Manager" in page


def test_a_topic_that_nobody_covers_leads_to_the_team(client):
    page = read(client, "/topics/energy/").text
    assert "The Midlands Innovation team" in page
    assert "Director of Research or your PVC for Research" in page


def test_a_topic_that_leads_nowhere_yet_says_so(client):
    Topic.objects.create(name="Dragons", slug="dragons", is_published=True)
    page = read(client, "/topics/dragons/").text
    assert "No programme or answer carries this topic yet" in page
    assert "Whom to ask" in page


def test_a_topic_does_not_name_a_programme_that_is_a_draft(client):
    Programme.objects.filter(slug="era").update(is_published=False)
    assert "Energy Research Accelerator" not in read(client, "/topics/energy/").text


def test_a_draft_topic_is_not_found_and_programmes_do_not_name_it(client):
    topic = Topic.objects.get(slug="energy")
    assert ("Energy", "/topics/energy/") in read(client, "/programmes/era/").links
    Topic.objects.filter(pk=topic.pk).update(is_published=False)
    assert client.get("/topics/energy/").status_code == 404
    assert "/topics/energy/" not in dict(read(client, "/programmes/era/").links).values()


def test_synonyms_are_never_shown(client):
    topic = Topic.objects.get(slug="governance")
    assert "who is in charge" in topic.synonyms
    assert "who is in charge" not in read(client, "/topics/governance/").text
    assert "who is in charge" not in read(client, "/topics/").text


def test_a_topic_is_written_by_the_team(client):
    assert "written by the team" in read(client, "/topics/energy/").text


def test_with_no_topic_public_the_list_says_so(client):
    Topic.objects.update(is_published=False)
    assert "No topic is public yet." in read(client, "/topics/").text


def test_a_role_may_cover_a_topic_and_so_its_programmes(client):
    Role.objects.get(slug="mi-director").remit_topics.add(Topic.objects.get(slug="energy"))
    assert "Nearest role Dr Helen Turner" in read(client, "/topics/energy/").text
    assert "Nearest role Dr Helen Turner" in read(client, "/programmes/era/").text


def test_an_address_that_no_route_takes_is_refused():
    """Taggit's own slug takes letters that no route does: its page could not be reached."""
    with pytest.raises(ValidationError) as refused:
        Topic(name="Café", slug="café").full_clean()
    assert "slug" in refused.value.message_dict
