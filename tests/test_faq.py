import pytest

from faq.models import Question, Section
from programmes.models import Programme
from publishing.rich_text import blocks

from .site_map import read

pytestmark = pytest.mark.django_db


def test_the_sections_stand_in_order(client):
    page = read(client, "/faq/")
    sections = [section.name for section in Section.objects.all()]
    assert [
        words for words in page.words["h2"] if words in sections
    ] == sections * 2  # and the index


def test_every_question_is_in_the_index_and_answered_below(client):
    page = read(client, "/faq/")
    questions = list(Question.objects.all())
    assert page.words["h3"] == [str(question) for question in questions]
    for question in questions:
        assert (str(question), f"#{question.slug}") in page.links
        assert question.slug in page.ids


def test_an_answer_about_a_programme_is_the_programmes_own_text(client):
    assert Question.objects.exclude(programme=None).count() == Programme.objects.count()
    page = read(client, "/faq/")
    for programme in Programme.objects.all():
        for block in blocks(programme.body):
            assert block in page.text, programme
        assert (f"More about {programme.called}", programme.get_absolute_url()) in page.links
    Programme.objects.filter(slug="era").update(body="<p>ERA is a kettle.</p>")
    assert "ERA is a kettle." in read(client, "/faq/").text


def test_the_general_route_is_among_the_answers_and_at_the_end(client):
    page = read(client, "/faq/")
    advice = "speak to either your Director of Research or your PVC for Research"
    assert page.text.count(advice) == 2
    assert any(words.startswith("Whom to ask") for words in page.words["h2"][-2:])


def test_every_answer_says_whom_to_ask(client):
    page = read(client, "/faq/")
    assert len(page.words["article"]) == Question.objects.count()
    assert all("Ask " in answer for answer in page.words["article"])


def test_the_answer_on_health_leads_to_alex_archibald(client):
    [answer] = [a for a in read(client, "/faq/").words["article"] if "(MI Health)?" in a]
    assert "Ask Alex Archibald about “What is Midlands Innovation Health" in answer
    assert answer.endswith(", MI Health Manager")


def test_the_answer_on_keeping_up_to_date_leads_to_communications(client):
    [answer] = [a for a in read(client, "/faq/").words["article"] if "up to date?" in a]
    assert "Ask Sarah Howells about " in answer
    assert answer.endswith(", MI Marketing and Communications Manager")
    assert "twitter @InnovationMids" in answer


def test_the_team_is_listed_as_the_source_has_it(client):
    [answer] = [a for a in read(client, "/faq/").words["article"] if "in the team?" in a]
    assert (
        "Midlands Innovation has a small team, comprising of: Dr Helen Turner, MI Director"
        in answer
    )
    assert "Ellen McGhee, MI Executive Assistant" in answer


def test_an_answer_that_is_due_for_review_says_so(client):
    [answer] = [a for a in read(client, "/faq/").words["article"] if "place matter" in a]
    assert "Written some time ago." in answer


def test_a_draft_question_is_nowhere(client):
    Question.objects.filter(slug="why-collaborate").update(is_published=False)
    page = read(client, "/faq/")
    assert "why-collaborate" not in page.ids
    assert "What do I gain from collaborating?" not in page.text


def test_a_question_about_a_draft_programme_is_nowhere(client):
    Programme.objects.filter(slug="era").update(is_published=False)
    page = read(client, "/faq/")
    assert "what-is-era" not in page.ids
    assert "the UK’s largest energy research" not in page.text


def test_a_section_without_a_public_question_has_no_heading(client):
    Question.objects.filter(section__slug="place").update(is_published=False)
    assert "Place" not in read(client, "/faq/").words["h2"]


def test_with_no_question_public_the_page_says_so(client):
    Question.objects.update(is_published=False)
    assert "No question is answered here yet." in read(client, "/faq/").text


def test_the_cut_off_sentence_is_mended_and_the_page_says_so(client):
    page = read(client, "/faq/").text
    assert "by emailing the people above or …" in page
    assert "cut off in the source" in page
