"""The content says what the source says: all of it, word for word, and nothing besides."""

import csv
import re
import uuid
from decimal import Decimal

import pytest
import yaml
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.management import call_command

from faq.models import Question
from mi_site.management.commands.load_content import FILES
from pages.models import Page, Passage
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Figure, Link, Participation, Programme
from publishing.fields import RichTextField
from publishing.models import (
    Child,
    Content,
    Gone,
    Publishable,
    Sourced,
    SourceDocument,
    Update,
)
from publishing.provenance import Library, fold, mend
from publishing.rich_text import blocks, clean_html
from topics.models import Topic, TopicItem

from .sentences import sentences, source_sentences

pytestmark = pytest.mark.django_db

# What the site itself writes, as pages go and come, is in no file.
WRITTEN_BY_THE_SITE = {Gone, Update}
CONTENT = [
    model
    for model in apps.get_models()
    if issubclass(model, Content) and model not in WRITTEN_BY_THE_SITE
]

# Headings and titles that the source does not have, beside the questions and topics, which are all the team's.
WORDS_OF_THE_TEAM = {
    "From People and skills",
    "Initiatives",
    "Getting involved",
    "Skills",
    "Workforce",
    "Research culture",
    "In numbers",
    "Place",
    "Collaboration",
    "Running the partnership",
    "Equipment sharing",
    "People and skills",
    "Partners",
    "Programmes",
    "People",
    "Topics",
    "Contacts",
    "Figures",
    "Sources",
    "Accessibility",
    "Privacy",
    "What is new",
}
DESCRIPTIONS_OF_THE_TEAM = {
    "topics",
    "faq",
    "figures",
    "sources",
    "accessibility",
    "privacy",
    "updates",
}
SLIPS = {
    ("initiatlinvestment", "initial investment"),
    ("well-being.A longer-term", "well-being. A longer-term"),
    ("the people above or", "the people above or …"),
    ("website:", "website."),
    ("workforce) ,11,310", "workforce), 11,310"),
    # Kept as they are, with a word of why.
    (
        "Future proofing better lives and work in the Midlands",
        "Future proofing better lives and work in the Midlands",
    ),
    ("twitter @InnovationMids", "twitter @InnovationMids"),
}
AIMS = {
    "era-big-ideas",
    "era-jobs",
    "era-investment-into-the-midlands",
    "c-dice-net-zero",
    "new-jobs-in-the-region",
    "growth-by-2030",
}
# Digits of the source that are no figures: names, the dates of figures, and the year by which an aim is to be met.
NOT_FIGURES = {"M5", "Covid-19", "2021-22", "2030"}


@pytest.fixture
def library():
    return Library(SourceDocument.objects.all())


def rows(kind=Sourced):
    """Return every row of the models of that kind."""
    return [row for model in CONTENT if issubclass(model, kind) for row in model.objects.all()]


def rich_texts(row):
    fields = [field for field in row._meta.fields if isinstance(field, RichTextField)]
    return [getattr(row, field.name) for field in fields]


def cited_lines(row, library):
    """Return the lines that ``row`` cites, as the site shows them."""
    return [mend(library.line(citation), row.errata) for citation in row.source]


def written():
    """Return the rows as the files have them."""
    files = [settings.CONTENT / f"{name}.yaml" for name in FILES]
    return [row for file in files for row in yaml.safe_load(file.read_text(encoding="utf-8"))]


def dump():
    return {
        model._meta.label: serializers.serialize("json", model.objects.order_by("pk"))
        for model in CONTENT
    }


# Who and what there is


def test_the_eight_partners_are_as_the_reference_data_has_them():
    with (settings.CONTENT / "reference" / "partners.csv").open(encoding="utf-8") as file:
        reference = list(csv.DictReader(file))
    assert len(reference) == Partner.objects.public().count() == 8
    for place in reference:
        partner = Partner.objects.get(slug=place["slug"])
        assert partner.short_name == place["short_name"]
        assert partner.official_name == place["official_name"]
        assert partner.ror == place["ror_id"]
        assert partner.city == place["city"]
        assert partner.website == place["website"]
        assert partner.latitude == Decimal(place["latitude"])
        assert partner.longitude == Decimal(place["longitude"])


def test_there_are_eleven_programmes_and_six_of_them_lead():
    slugs = list(Programme.objects.public().values_list("slug", flat=True))
    assert slugs == [
        "era",
        "talent",
        "mi-health",
        "micra",
        "transport",
        "space",
        "c-dice",
        "era-skills",
        "future-proofing",
        "equipment-sharing",
        "technician-led-equipment-sharing",
    ]
    flagships = Programme.objects.filter(kind=Programme.Kind.FLAGSHIP)
    assert [programme.slug for programme in flagships] == slugs[:6]
    assert all(
        question.programme.slug in slugs for question in Question.objects.exclude(programme=None)
    )
    assert Question.objects.exclude(programme=None).count() == 11


def test_eight_people_hold_nine_roles():
    assert Person.objects.public().count() == 8
    assert Role.objects.public().count() == 9
    assert [f"{role.holder}, {role}" for role in Role.objects.team()] == [
        "Dr Helen Turner, MI Director",
        "Sue Clayton, MI Deputy Director",
        "Sarah Alton, MI Public Affairs Manager",
        "Sarah Howells, MI Marketing and Communications Manager",
        "Alex Archibald, MI Health Manager",
        "Ellen McGhee, MI Executive Assistant",
    ]
    assert [f"{role.holder}, {role}" for role in Role.objects.filter(is_in_team=False)] == [
        "Dr Kelly Vere MBE, University Director of Technical Strategy",
        "Jiteen Ahmed, Head of Technical Service",
        "Jiteen Ahmed, Commissioner, TALENT Commission",
    ]


def test_only_mi_health_has_a_contact():
    contacts = Programme.objects.exclude(contacts=None).values_list(
        "slug", "contacts__holder__slug"
    )
    assert list(contacts) == [("mi-health", "alex-archibald")]


def test_every_topic_leads_somewhere_and_every_programme_has_some():
    for programme in Programme.objects.all():
        assert 5 <= programme.topics.count() <= 10, programme
    for topic in Topic.objects.all():
        used = topic.programmetopics.exists() or topic.questiontopics.exists()
        assert used or topic.roles.exists(), topic
        assert 3 <= len(topic.synonyms) <= 15, topic
        assert len({word.lower() for word in topic.synonyms}) == len(topic.synonyms), topic


# What the source says, word for word


def test_every_citation_names_a_line_that_says_something(library):
    for row in rows():
        for citation in row.source:
            assert library.line(citation).strip(), f"{row!r} cites {citation}"


def test_what_claims_the_source_is_word_for_word(library):
    of_the_team = {
        words for row in rows() for words in row.words() if not library.stands(words, row)
    }
    questions = {question.question for question in Question.objects.all()}
    topics = {topic.name for topic in Topic.objects.all()}
    descriptions = {
        page.description for page in Page.objects.filter(slug__in=DESCRIPTIONS_OF_THE_TEAM)
    }
    assert of_the_team == WORDS_OF_THE_TEAM | descriptions | questions | topics


@pytest.mark.parametrize("model", [Programme, Question])
def test_programmes_and_answers_give_the_lines_of_the_source_whole(model, library):
    for row in model.objects.all():
        lines = cited_lines(row, library)
        for html in rich_texts(row):
            for block in set(blocks(html)) - WORDS_OF_THE_TEAM:
                assert block in lines, row


def test_prose_pages_give_the_lines_of_the_source_whole(library):
    for passage in Passage.objects.filter(
        page__slug__in=["midlands-innovation", "people-and-skills"]
    ):
        for block in blocks(passage.body):
            assert block in cited_lines(passage, library), passage


def test_other_passages_give_whole_sentences(library):
    for row in rows(Passage) + rows(Partner):
        whole = {sentence for line in cited_lines(row, library) for sentence in sentences(line)}
        for html in rich_texts(row):
            for block in blocks(html):
                assert set(sentences(block)) <= whole, row


def test_summaries_and_descriptions_are_one_sentence_of_the_source(library):
    chosen = [(programme, programme.summary) for programme in Programme.objects.all()]
    for partnership in Partnership.objects.all():
        chosen += [(partnership, partnership.strapline), (partnership, partnership.description)]
    for page in Page.objects.exclude(slug__in=DESCRIPTIONS_OF_THE_TEAM):
        chosen.append((page, page.description))
    for row, words in chosen:
        # A colon that led to a lost link may go.
        whole = {s.rstrip(":") for line in cited_lines(row, library) for s in sentences(line)}
        assert words in whole, row


def test_every_slip_mended_is_in_the_source(library):
    slips = set()
    for row in rows():
        lines = [fold(library.line(citation)) for citation in row.source]
        for slip in row.errata:
            assert sum(line.count(slip["has"]) for line in lines) == 1, row
            assert any(slip["shows"] in words for words in row.words()), row
            slips.add((slip["has"], slip["shows"]))
    assert slips == SLIPS


def test_every_sentence_of_the_source_stands_in_something_public():
    public = [
        words
        for model in CONTENT
        if issubclass(model, Publishable)
        for row in model.objects.public()
        for words in row.words()
    ]
    public += [words for passage in Passage.objects.all() for words in passage.words()]
    public += [f"{role.holder}, {role}" for role in Role.objects.team()]
    texts = SourceDocument.objects.filter(is_reference=False)
    assert texts.count() == 3
    missing = [
        (place, sentence)
        for place, sentence in source_sentences(texts, rows())
        if not any(sentence in words for words in public)
    ]
    assert missing == []


def test_sentences_end_where_a_reader_would_end_them():
    assert sentences("Dr Vere works on it (e.g. to help).  It costs £1.4bn/p.a. of money!") == [
        "Dr Vere works on it (e.g. to help).",
        "It costs £1.4bn/p.a. of money!",
    ]
    assert sentences("It is well-being.A plan.\u00a0“So” they say. See www.mitalent.ac.uk @MI") == [
        "It is well-being.",
        "A plan.",
        "“So” they say.",
        "See www.mitalent.ac.uk @MI",
    ]
    assert sentences("Many students. (2021-22 HESA).") == ["Many students. (2021-22 HESA)."]


# Figures

NUMBERS = {"four": 4, "six": 6, "seven": 7, "eight": 8, "hundreds": 100}
SCALES = {"m": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9, "thousands": 1000}
AMOUNT = re.compile(
    rf"(?P<number>\d[\d,]*(?:\.\d+)?|{'|'.join(NUMBERS)})(?: ?of)? ?(?P<scale>{'|'.join(SCALES)})?\b"
)


def amount_of(as_written):
    [found] = AMOUNT.finditer(as_written)
    number = found["number"].replace(",", "")
    return Decimal(NUMBERS.get(number, number)) * SCALES.get(found["scale"], 1)


@pytest.mark.parametrize(
    ("as_written", "amount"),
    [
        ("£222 billion", 222_000_000_000),
        ("£1.4bn/p.a.", 1_400_000_000),
        ("around 2,100", 2100),
        ("£60m", 60_000_000),
        ("more than 14%", 14),
        ("seven", 7),
        ("hundreds of thousands", 100_000),
    ],
)
def test_amounts_are_read_as_written(as_written, amount):
    assert amount_of(as_written) == amount


def test_every_figure_stands_in_each_line_it_cites(library):
    assert Figure.objects.public().count() == 35
    for figure in Figure.objects.all():
        assert figure.source, figure
        for line in cited_lines(figure, library):
            # Whole: 2,100 is no part of 12,100, nor 7% of 17%.
            assert re.search(rf"(?<![\d.£])(?<!\d,){re.escape(figure.as_written)}(?!\w)", line), (
                figure
            )


def test_every_amount_is_what_was_written():
    for figure in Figure.objects.all():
        assert figure.amount == amount_of(figure.as_written), figure
        assert figure.as_written.startswith(figure.qualifier), figure
        assert (figure.unit == "£") == ("£" in figure.as_written), figure
        assert (figure.unit == "%") == ("%" in figure.as_written), figure
        bare = re.sub(r"^(more than|over|around) ", "", figure.as_written)
        assert figure.as_written == f"{figure.qualifier} {bare}".strip(), figure


def test_every_number_of_the_source_is_a_figure(library):
    for document in library.documents.values():
        if document.is_reference:
            continue
        for number, line in document.passages():
            figures = [figure.as_written for figure in Figure.objects.all()]
            for found in re.findall(
                r"[£A-Za-z-]*\d[\d,.-]*\d*", re.sub(r"[.,]+(?=\W|$)", "", line)
            ):
                known = found in NOT_FIGURES or any(found in figure for figure in figures)
                assert known, f"{document}:{number} has {found}"


def test_aims_are_never_shown_as_done():
    assert {figure.slug for figure in Figure.objects.filter(kind=Figure.Kind.AIM)} == AIMS
    for figure in Figure.objects.all():
        assert bool(figure.aim_of) == (figure.slug in AIMS), figure


def test_figures_are_dated_as_the_source_dates_them(library):
    for figure in Figure.objects.all():
        documents = [library.documents[citation.rpartition(":")[0]] for citation in figure.source]
        said = [*cited_lines(figure, library), *(document.dated for document in documents)]
        assert any(figure.as_of in words for words in said), figure
        assert bool(figure.as_of) == bool(figure.as_of_until), figure
        if any(document.dated for document in documents):
            assert figure.as_of, f"{figure}: its page is dated"


def test_rival_values_of_one_measure_share_it():
    rivals = Figure.objects.filter(measure="technical-staff")
    assert {figure.as_written for figure in rivals} == {"over 2100", "2,100", "around 2,100"}
    assert Figure.objects.exclude(measure="").count() == 3


# Nothing made up


def test_nobody_has_an_address_a_number_or_a_biography():
    for person in Person.objects.all():
        assert not any((person.email, person.telephone, person.orcid, person.biography)), person
    for row in [*Role.objects.all(), *Partnership.objects.all()]:
        assert row.mailbox == "", row
    assert not re.search(r"\w@\w", "".join(dump().values()))


def test_every_name_stands_in_the_source(library):
    for person in Person.objects.all():
        assert library.stands(str(person), person), person
        assert person.given_name in str(person) and person.family_name in str(person)
    for role in Role.objects.exclude(partner=None):
        assert library.stands(f"{role.title}, {role.partner}", role), role


def test_every_address_and_handle_stands_in_a_source():
    sources = " ".join(document.text for document in SourceDocument.objects.all())
    said = " ".join(yaml.safe_dump(row, width=10**6, allow_unicode=True) for row in written())
    addresses = {found.rstrip(".") for found in re.findall(r"(?:https?://|www\.)[^\s\"'<>]+", said)}
    assert addresses
    for address in addresses:
        assert address.removeprefix("https://") in sources, address
    for handle in re.findall(r"(?<!\w)@\w+", said):
        assert handle in sources, handle
    for link in Link.objects.all():
        assert (link.address or link.handle).removeprefix("https://") in sources, link


def test_links_in_texts_lead_to_the_source_or_to_a_page():
    paths = {page.path for page in Page.objects.public()}
    sources = " ".join(document.text for document in SourceDocument.objects.all())
    for row in rows():
        for html in rich_texts(row):
            for address in re.findall(r'href="([^"]*)"', html):
                assert address in paths or address.removeprefix("https://") in sources, row


def test_participation_is_claimed_only_where_the_source_says_all_eight():
    for slug in ("talent", "equipment-sharing"):
        partners = Participation.objects.filter(programme__slug=slug).values("partner")
        assert partners.count() == partners.distinct().count() == 8
    assert Participation.objects.count() == 16
    assert not Participation.objects.exclude(lead=None).exists()


def test_silence_stays_silence():
    assert not Programme.objects.exclude(state="").exists()
    assert not Partner.objects.exclude(contact=None).exists()
    assert not Role.objects.exclude(deputy=None).exists()
    lost = {link.programme.slug for link in Link.objects.all() if link.is_lost}
    assert lost == {"equipment-sharing", "technician-led-equipment-sharing"}


def test_quotations_leave_the_marks_to_the_page():
    testimonials = [
        person.testimonials.public().get() for person in Person.objects.exclude(testimonials=None)
    ]
    assert len(testimonials) == 2
    for testimonial in testimonials:
        assert not re.search(r"^[‘“\"']|[’”\"']$", testimonial.quotation), testimonial


# The files


def test_every_row_says_whether_it_is_public_when_it_changed_and_where_it_comes_from():
    for row in written():
        model, fields = apps.get_model(row["model"]), row["fields"]
        if issubclass(model, Publishable):
            assert fields["is_published"] is True, row
            assert fields["changed_at"].isoformat() == "2026-11-21T00:00:00+00:00", row
        if issubclass(model, Sourced) and not issubclass(model, TopicItem):
            assert "source" in fields, row


def test_only_children_have_keys_of_their_own():
    keys = []
    for row in written():
        model = apps.get_model(row["model"])
        if issubclass(model, Child):
            keys.append(uuid.UUID(row["pk"]))
        else:
            assert row.get("pk") == (1 if model is Partnership else None), row
    assert len(keys) == len(set(keys))


def test_loading_twice_changes_nothing():
    before = dump()
    call_command("load_content", verbosity=0)
    assert dump() == before


def test_loading_leaves_an_edit_alone():
    Partner.objects.filter(slug="keele").update(city="Keele")
    call_command("load_content", verbosity=0)
    assert Partner.objects.get(slug="keele").city == "Keele"


def test_the_files_name_the_same_rows_each_time():
    texts = {document.slug: document.text for document in SourceDocument.objects.all()}
    before = dump()
    call_command("loaddata", *(settings.CONTENT / f"{name}.yaml" for name in FILES), verbosity=0)
    for slug, text in texts.items():  # which the files leave to load_content
        SourceDocument.objects.filter(slug=slug).update(text=text)
    assert dump() == before


@pytest.mark.parametrize("model", CONTENT, ids=lambda model: model.__name__)
def test_every_row_is_valid_and_its_markup_clean(model):
    assert model.objects.exists()
    for row in model.objects.all():
        for html in rich_texts(row):
            assert clean_html(html) == html, row
        row.full_clean()
