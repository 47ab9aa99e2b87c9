"""What is wrong with a draft, or worth a second look, before it is published.

An error keeps from publishing; a warning informs. A slip that the public text has already is
neither, since the sources themselves have some: mending another one beside it stays possible.
"""

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import unquote, urljoin

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from . import state
from .addresses import (
    answers,
    as_target,
    may_be_old,
    path_of,
    urlsplit_or_nothing,
    without_our_host,
)
from .diff import Values
from .fields import RichTextField
from .models import Redirect, SourceDocument
from .provenance import Library, fold
from .redirects import onward
from .rich_text import SENTENCE_END, blocks
from .workflow import address_of

ERROR, WARNING = "error", "warning"

LONG_SENTENCE = 40  # words
SHOUTING = 3  # words in capitals, one after the other: acronyms seldom come in threes

# Links that tell nobody where they lead, least of all whoever hears them without their sentence.
SAYS_NOTHING = {
    "click",
    "click here",
    "find out more",
    "here",
    "learn more",
    "link",
    "more",
    "read more",
    "see here",
    "this",
    "this link",
}

HERE = re.compile(r"\bhere ?([:.]?)$", re.IGNORECASE)


class Finding(NamedTuple):
    """What one check has to say: how grave it is, at which place of the form, and what to do."""

    severity: str
    place: str
    message: str


def of(thing, before, after, problems=()):
    """Return the Findings about ``thing``, the errors first.

    Its rows hold its draft, as visitors would see it: call this in the sandbox, since whether a
    link arrives is asked of the site as it will be. ``before`` is the State that is public, or
    that once was ({} for none), ``after`` that of the draft, and ``problems`` are the values that
    could not be used (state.Problem).
    """
    model = type(thing)
    texts = list(changed_texts(model, before, after))
    found = [unusable(problem, state.Names(model)) for problem in problems]
    for text in texts:
        found += [Finding(slip.severity, text.place, slip.message) for slip in new_slips(text)]
    found += dead_links(thing, texts)
    found += altered_words(model, before, after)
    found += upkeep(thing)
    return sorted(found, key=lambda finding: finding.severity != ERROR)


def errors(findings):
    """Return those among ``findings`` that keep from publishing."""
    return [finding for finding in findings if finding.severity == ERROR]


def unusable(problem, names):
    severity = ERROR if problem.blocks else WARNING
    return Finding(severity, names.place(*problem[:3]), problem.message)


# The texts of a State


@dataclass
class Link:
    """A link in a text; without an address where it lost it."""

    address: str
    words: str = ""


@dataclass
class Block:
    """A paragraph, a heading or an item of a list, without markup, and the Links in it."""

    tag: str = ""
    words: str = ""
    links: list[Link] = field(default_factory=list)


class Text(NamedTuple):
    """A text that the draft changed, as the Blocks that it had and those that it has."""

    place: str
    before: list[Block]
    after: list[Block]


class BlockReader(HTMLParser):
    """Takes rich text apart into Blocks."""

    BREAKS = frozenset({"p", "h2", "h3", "ul", "ol", "li", "br"})

    def __init__(self, html):
        super().__init__()
        self.blocks = [Block()]
        self.link = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag in self.BREAKS:
            self.blocks.append(Block(tag))
        elif tag == "a":
            self.link = Link(dict(attrs).get("href") or "")
            self.blocks[-1].links.append(self.link)

    def handle_endtag(self, tag):
        if tag in self.BREAKS:
            self.blocks.append(Block())
        elif tag == "a":
            self.link = None

    def handle_data(self, data):
        self.blocks[-1].words += data
        if self.link:
            self.link.words += data


def is_text(model_field):
    """Whether people read it as words, and not as an address, a date or one of some choices."""
    kinds = (models.CharField, models.TextField, RichTextField)
    return type(model_field) in kinds and not model_field.choices


def blocks_of(model_field, value):
    """Return the Blocks of ``value``: of rich text, or the lines of plain text."""
    if isinstance(model_field, RichTextField):
        found = BlockReader(value or "").blocks
    else:
        found = [Block(words=line) for line in (value or "").splitlines()]
    for block in found:
        block.words = fold(block.words)
    return [block for block in found if block.words or block.links]


def changed_texts(model, before, after):
    """Yield each Text that differs between two States of a thing of ``model``, or of its parts."""
    yield from changed_fields(model, before, after)
    for within, part_model, old, new in parts(model, before, after):
        yield from changed_fields(part_model, old, new, within)


def changed_fields(model, before, after, within=""):
    for model_field in filter(is_text, state.fields_of(model)):
        old, new = before.get(model_field.name), after.get(model_field.name)
        if old != new:
            yield Text(
                place_of(model, model_field, within),
                blocks_of(model_field, old),
                blocks_of(model_field, new),
            )


def place_of(model, model_field, within):
    name = state.Names(model).of(model_field.name)
    return f"{within}: {name.lower()}" if within else name


def parts(model, before, after):
    """Yield what each part in the State ``after`` is called, its model and its values in both."""
    values = Values(model)
    for relation in state.parts_of(model):
        kind = relation.related_model
        for part, new in after.get(relation.name, {}).items():
            old = before.get(relation.name, {}).get(part, {})
            called = values.part_called(kind, new)
            yield f"{values.names.of(relation.name)} “{called}”", kind, old, new


# Slips that the text itself shows


class Slip(NamedTuple):
    """Something amiss in a text. Two of the same kind about the same words are the same."""

    severity: str
    kind: str
    words: str
    message: str


def new_slips(text):
    """Yield the Slips that the text as it was had not, or had less often."""
    had = Counter((slip.kind, slip.words) for slip in slips(text.before))
    for slip in slips(text.after):
        if had[slip.kind, slip.words]:
            had[slip.kind, slip.words] -= 1
        else:
            yield slip


def slips(found):
    for check in (missing_links, vague_links, heading_order, long_sentences, capitals):
        yield from check(found)


def missing_links(found):
    """Yield those that end in “here” and lead nowhere. With a colon, the link may come next."""
    for block, following in zip(found, [*found, Block()][1:], strict=True):
        match = HERE.search(block.words)
        if not match or block.links:
            continue
        if match[1] != ":":
            yield Slip(
                WARNING,
                "here",
                "",
                f"“{end_of(block.words)}” has no link in it. If it is to lead somewhere, add one.",
            )
        elif not following.links:
            yield Slip(
                ERROR,
                "here:",
                "",
                f"“{end_of(block.words)}” promises a link, and there is none. Add the link, or "
                "reword the sentence.",
            )


def vague_links(found):
    for link in (link for block in found for link in block.links):
        words = fold(link.words)
        if not words:
            yield Slip(ERROR, "empty link", link.address, "A link has no words to press on.")
        elif not link.address:
            yield Slip(
                ERROR, "no address", words, f"The link “{words}” has no address. Give it one."
            )
        elif words.strip(".:!…> ").lower() in SAYS_NOTHING:
            yield Slip(
                ERROR,
                "vague link",
                words.lower(),
                f"The link “{words}” does not say where it leads. Let it be the words that do, "
                "such as the name of the page.",
            )
        elif words.lower().startswith(("http://", "https://", "www.")):
            yield Slip(
                WARNING,
                "bare address",
                words,
                f"The link “{words}” shows an address. Words that say where it leads are easier "
                "to read, and to hear.",
            )


def heading_order(found):
    headings = [block for block in found if block.tag in ("h2", "h3") and block.words]
    if headings and headings[0].tag == "h3":
        yield Slip(
            ERROR,
            "heading order",
            "",
            f"The smaller heading “{headings[0].words}” comes before any larger one. Make it the "
            "larger kind, or put one before it.",
        )


def long_sentences(found):
    for sentence in (one for block in found for one in SENTENCE_END.split(block.words)):
        length = len(sentence.split())
        if length > LONG_SENTENCE:
            yield Slip(
                WARNING,
                "long sentence",
                sentence,
                f"“{start_of(sentence)}” is a sentence of {length} words. Could it be two?",
            )


def capitals(found):
    for run in (run for block in found for run in runs_in_capitals(block.words)):
        yield Slip(
            WARNING,
            "capitals",
            run,
            f"“{run}” is in capitals, which are harder to read than small letters.",
        )


def runs_in_capitals(text):
    """Yield each run of words in capitals that is too long to be acronyms beside each other."""
    run = []
    for word in [*text.split(), ""]:
        if word.isupper():
            run.append(word)
        if not word.isupper() or word.endswith((",", ";", ".", ":")):
            if sum(len(word.strip(",;.:")) > 1 for word in run) >= SHOUTING:
                yield " ".join(run).rstrip(",;.:")
            run = []


def start_of(text):
    words = text.split()
    return text if len(words) <= 8 else " ".join(words[:8]) + " …"


def end_of(text):
    words = text.split()
    return text if len(words) <= 8 else "… " + " ".join(words[-8:])


# What is asked of the site


def dead_links(thing, texts):
    """Yield a Finding for each new link to this site where visitors would find nothing."""
    page = address_of(thing) or "/"
    for text in texts:
        had = addresses_in(text.before)
        for address in addresses_in(text.after):
            if address in had:
                continue
            path = path_here(address, page)
            if path is not None and not arrives(path):
                yield Finding(
                    ERROR,
                    text.place,
                    f"A link leads to {address}, where visitors find nothing on this site. Open "
                    "the page that you mean, and copy its address.",
                )


def addresses_in(found):
    """Return the addresses of all links, in their order and each once."""
    return list(
        dict.fromkeys(link.address for block in found for link in block.links if link.address)
    )


def path_here(address, page):
    """Return the path of this site to which a link on ``page`` leads; None for other sites."""
    address = without_our_host(address.strip())
    taken_apart = urlsplit_or_nothing(address)
    if taken_apart.scheme or taken_apart.netloc:
        return None
    return unquote(path_of(as_target(urljoin(page, address))))


def arrives(path):
    """Whether visitors of ``path`` find something, be it where a redirect leads them."""
    if not may_be_old(path):
        return False
    redirect = Redirect.objects.nearest_to(path)
    return answers(path) or bool(redirect and onward(redirect, path))


# Whose words they are


def altered_words(model, before, after):
    """Yield a Finding for each text that was the source's, word for word, and is no longer."""
    library = Library(SourceDocument.objects.all())
    pairs = [("", model, before, after), *parts(model, before, after)]
    for within, kind, old, new in pairs:
        if not old or old == new:
            continue
        was, now = unsaved(kind, old), unsaved(kind, new)
        for place in altered_places(library, kind, was, now, within):
            yield Finding(
                WARNING,
                place,
                "These were the words of the source. They no longer are, and the page will say "
                "that the team wrote them. What mends a slip of the source belongs among the "
                "slips instead.",
            )


def unsaved(model, values):
    """Return a thing of ``model`` that holds ``values``, as a State has them, and is in no row."""
    thing = model()
    for model_field in state.fields_of(model):
        with suppress(KeyError, ValidationError):  # of another time, when it held something else
            setattr(thing, model_field.attname, model_field.to_python(values[model_field.name]))
    return thing


def altered_places(library, model, was, now, within):
    """Yield the name of each field whose words changed hands, or of the whole for several."""
    rest_was, rest_now = said(was), said(now)
    for model_field in filter(is_text, state.fields_of(model)):
        old = said(was) & words_in(model_field, was)
        new = said(now) & words_in(model_field, now)
        rest_was -= old
        rest_now -= new
        if changed_hands(library, was, now, old, new):
            yield place_of(model, model_field, within)
    if changed_hands(library, was, now, rest_was, rest_now):
        yield within or state.capital(str(model._meta.verbose_name))


def said(thing):
    """Return the words of ``thing`` of which its pages say whose they are."""
    return {words for words in [*thing.words(), *thing.words_in_short()] if words}


def words_in(model_field, thing):
    value = model_field.value_from_object(thing) or ""
    return set(blocks(value)) if isinstance(model_field, RichTextField) else {value}


def changed_hands(library, was, now, old, new):
    """Whether words that stood in the source gave way to words that do not."""
    stood = {words for words in old if library.stands(words, was)}
    stands = {words for words in new if library.stands(words, now)}
    return bool(stood - stands) and bool(new - stands - (old - stood))


# Who looks after it


def upkeep(thing):
    names = state.Names(type(thing))
    if thing.owner_id is None:
        yield Finding(WARNING, names.of("owner"), "No role is named that keeps this up to date.")
    if thing.review_due and thing.review_due < timezone.localdate():
        yield Finding(
            WARNING,
            names.of("review_due"),
            f"It was to be checked by {thing.review_due:%-d %B %Y}. Is all of it still true?",
        )
