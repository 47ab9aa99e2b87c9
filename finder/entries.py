"""Every public thing that can be an answer, with the words that lead to it."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Model, Prefetch
from django.urls import resolve

from enquiries.routes import answering
from faq.models import Question, QuestionTopic
from pages.models import Page
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Figure, Programme, ProgrammeTopic, Testimonial
from publishing.rich_text import blocks, split_lede
from topics.models import Topic

from .models import OutOfScope

# The pages that can be an answer by themselves; what others list has entries of its own.
PAGES = {"pages:about", "pages:detail", "pages:figures"}


class Where(StrEnum):
    """Where on a thing the words of a question were found."""

    NAME = "name"
    OTHER_NAME = "other name"  # never shown
    ROLE = "role"
    TOPIC = "topic"
    HEADING = "heading"
    TEXT = "text"


@dataclass(frozen=True)
class Phrase:
    """Words that belong together: a name, a role, a topic or one of its synonyms."""

    where: Where
    label: str  # what a reader may be shown: for a synonym the name of its topic
    words: str


@dataclass(frozen=True)
class Entry:
    """One possible answer."""

    kind: str
    slug: str
    title: str
    line: str  # one line about it
    thing: Model | None
    phrases: tuple[Phrase, ...] = ()
    text: tuple[str, ...] = ()  # paragraphs


def public():
    """Return the Entry of everything that visitors may be led to, in a fixed order."""
    return [*programmes(), *people(), *questions(), *partners(), *pages()]


def programmes():
    topics = topics_by_thing(ProgrammeTopic)
    return [
        Entry(
            kind="programme",
            slug=programme.slug,
            title=programme.name,
            line=programme.summary,
            thing=programme,
            phrases=(
                *names(programme.name, programme.short_name),
                *(
                    Phrase(Where.OTHER_NAME, programme.called, name)
                    for name in programme.also_known_as
                ),
                *topics.get(programme.pk, ()),
            ),
            text=tuple(blocks(programme.body)),
        )
        for programme in Programme.objects.public().select_related("parent")
    ]


def people():
    """Return the people, those of the team in its order first.

    Whoever answers for a role is found by what it covers: the deputy while its holder is away.
    """
    roles = Role.objects.public().with_people()
    roles = roles.prefetch_related(Prefetch("remit_topics", Topic.objects.public()))
    held, covered = {}, {}
    for role in roles:
        held.setdefault(role.named_holder, []).append(role)
        covered.setdefault(answering(role), []).append(role)
    said = Prefetch("testimonials", Testimonial.objects.public(), to_attr="public_testimonials")
    everybody = Person.objects.public().prefetch_related(said)
    found = [person_entry(p, held.get(p, []), covered.get(p, [])) for p in everybody]
    in_order = {person: number for number, person in enumerate(held)}
    return sorted(found, key=lambda entry: in_order.get(entry.thing, len(in_order)))


def person_entry(person, held, covered):
    return Entry(
        kind="person",
        slug=person.slug,
        title=str(person),
        line=", ".join(role.title for role in held),
        thing=person,
        phrases=(
            *names(person.name, person.family_name, person.given_name),
            *(
                Phrase(Where.ROLE, role.title, role.title)
                for role in dict.fromkeys([*held, *covered])
            ),
            *(
                phrase
                for role in covered
                for topic in role.remit_topics.all()
                for phrase in topic_phrases(topic)
            ),
        ),
        text=(
            *blocks(person.biography),
            *(testimonial.quotation for testimonial in person.public_testimonials),
        ),
    )


def questions():
    """Return the questions with answers of their own; a programme stands for its own question."""
    topics = topics_by_thing(QuestionTopic)
    return [
        Entry(
            kind="question",
            slug=question.slug,
            title=question.question,
            line=" ".join(blocks(split_lede(question.answer)[0])),
            thing=question,
            phrases=(
                Phrase(Where.HEADING, question.question, question.question),
                *topics.get(question.pk, ()),
            ),
            text=tuple(blocks(question.answer)),
        )
        for question in Question.objects.public().with_addresses().filter(programme=None)
    ]


def partners():
    return [
        Entry(
            kind="partner",
            slug=partner.slug,
            title=partner.official_name,
            line=partner.city,
            thing=partner,
            phrases=(
                *names(partner.official_name, partner.short_name),
                *(
                    Phrase(Where.OTHER_NAME, partner.short_name, name)
                    for name in partner.also_known_as
                ),
            ),
            text=(partner.city, *blocks(partner.text)),
        )
        for partner in Partner.objects.public()
    ]


def pages():
    """Return the pages of prose, and that of the figures with what they count."""
    partnership = Partnership.objects.first()
    found = []
    for page in Page.objects.public().prefetch_related("passages"):
        name = resolve(page.path).view_name
        if name not in PAGES:
            continue
        passages = page.passages.all()
        texts = [text for passage in passages for text in blocks(passage.body)]
        if name == "pages:figures":
            texts += [str(figure) for figure in Figure.objects.public()]
        called = names(partnership.name) if partnership and name == "pages:about" else ()
        headings = [passage.heading for passage in passages if passage.heading]
        found.append(
            Entry(
                kind="page",
                slug=page.slug,
                title=page.title,
                line=page.description,
                thing=page,
                phrases=(
                    *names(page.title),
                    *called,
                    *(Phrase(Where.HEADING, heading, heading) for heading in headings),
                ),
                text=tuple(texts),
            )
        )
    return found


def names(*names):
    return tuple(Phrase(Where.NAME, name, name) for name in dict.fromkeys(names) if name)


def topics_by_thing(model):
    """Return {key of the thing: Phrases} for the public topics that things of ``model`` carry."""
    found = {}
    items = model.objects.filter(tag__is_published=True).select_related("tag")
    for item in items.order_by("tag__name"):
        found.setdefault(item.content_object_id, []).extend(topic_phrases(item.tag))
    return found


def topic_phrases(topic):
    return [Phrase(Where.TOPIC, topic.name, words) for words in (topic.name, *topic.synonyms)]


def out_of_scope():
    """Return an Entry for each subject that nobody here answers for."""
    return [
        Entry(
            kind="out of scope",
            slug=subject.slug,
            title=subject.name,
            line="",
            thing=subject,
            phrases=tuple(
                Phrase(Where.TOPIC, subject.name, words) for words in (subject.name, *subject.words)
            ),
        )
        for subject in OutOfScope.objects.all()
    ]


def filler():
    """Return what every question may contain and so tells nothing: the partnership's own name."""
    partnership = Partnership.objects.first()
    return f"{partnership.name} {partnership.short_name}" if partnership else ""
