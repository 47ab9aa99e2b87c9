"""What differs between two States, word by word, in the words of the form, for people to read."""

import re
from collections import Counter
from difflib import SequenceMatcher
from html.parser import HTMLParser
from typing import NamedTuple

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.db import models
from django.utils.formats import date_format

from . import state
from .fields import RichTextField

SAME, ADDED, REMOVED, LEFT_OUT = "same", "added", "removed", "left-out"

ALIKE = 0.3  # of 1: texts less alike than this are told one after the other, not woven together
MOST = 4_000_000  # pairs of units that are compared: the time that takes grows with them
MOST_ALIKE = 100_000  # pairs of units that are the same, and with these it grows most
CONTEXT = 25  # words of what stayed the same that are shown on either side of a change


class Piece(NamedTuple):
    """A run of words that stayed, came, went, or was left out since nothing near it changed."""

    kind: str
    text: str


class Change(NamedTuple):
    """What changed at one place: its name as on the form, and the Pieces of its words."""

    place: str
    pieces: list[Piece]
    key: str


def changes(model, before, after):
    """Return the Changes between two States of a thing of ``model``, in the order of the form.

    A State of {} stands for what was not there. Names of what was chosen are looked up, in a query
    for each kind of thing. What was deleted since is told as such.
    """
    values = Values(model)
    before, after = (state.in_order(model, side) for side in (before, after))
    found = {}
    for difference in state.differences(before, after):
        found.setdefault((difference.key, difference.part), []).append(difference)
    choices = {}
    result = []
    for (key, part), group in found.items():
        field = field_of(model, key)
        if part is None:
            pieces = between(
                values.told(field, before.get(key)), values.told(field, after.get(key))
            )
            if pieces:
                result.append(Change(values.names.of(key), pieces, key))
        elif is_choice(field):
            if key not in choices:
                choices[key] = Change(values.names.of(key), [], key)
                result.append(choices[key])
            kind = ADDED if group[0].before is None else REMOVED
            choices[key].pieces.append(Piece(kind, values.name_of(field, part)))
        else:
            result += values.changes_of_part(key, field, group, before, after)
    return result


class Values:
    """Tells the values of a State in words."""

    def __init__(self, model):
        self.names = state.Names(model)
        self.known = {}

    def told(self, field, value):
        """Return ``value`` of ``field`` (None for one that the model no longer has) as text."""
        if value is None or value == "":
            return ""
        if field is None:
            return str(value)
        if field.is_relation:
            return self.name_of(field, value)
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if isinstance(field, RichTextField):
            return as_text(value)
        if field.flatchoices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, models.DateField):
            return told_date(field, value)
        if isinstance(value, list):
            return field.formfield().prepare_value(value)
        return str(value)

    def name_of(self, field, pk):
        """Return what a choice is called."""
        model = field.remote_field.model
        if model not in self.known:
            self.known[model] = {str(thing.pk): str(thing) for thing in model._base_manager.all()}
        return self.known[model].get(str(pk), "(deleted since)")

    def changes_of_part(self, key, relation, group, before, after):
        """Return the Changes of one part of a thing: it came, it went, or some of its fields."""
        model = relation.related_model
        part = group[0].part
        old, new = (side.get(key, {}).get(part) for side in (before, after))
        called = f"{self.names.of(key)} “{self.part_called(model, new or old)}”"
        if old is None or new is None:
            kind, values = (ADDED, new) if old is None else (REMOVED, old)
            lines = [
                f"{self.names.of_part(key, name)}: {told}"
                for name, value in values.items()
                if (told := self.told(field_of(model, name), value))
            ]
            return [Change(called, [Piece(kind, "\n".join(lines))], key)]
        result = []
        for difference in group:
            field = field_of(model, difference.field)
            pieces = between(
                self.told(field, difference.before), self.told(field, difference.after)
            )
            name = self.names.of_part(key, difference.field).lower()
            if pieces:
                result.append(Change(f"{called}: {name}", pieces, key))
        return result

    def part_called(self, model, values):
        """Return what a part is called, from its values alone: it may be in no row."""
        part = model()
        for name, value in values.items():
            field = field_of(model, name)
            try:
                setattr(part, field.attname, field.to_python(value))
            except (AttributeError, ValidationError):
                continue  # of a field that is no more, or holds something else now
        try:
            return str(part)
        except ObjectDoesNotExist:
            return "(what it names was deleted)"


def field_of(model, key):
    try:
        return model._meta.get_field(key)
    except FieldDoesNotExist:
        return None


def is_choice(field):
    return field is not None and field.many_to_many


def told_date(field, value):
    try:
        return date_format(field.to_python(value), "j F Y")
    except ValidationError:
        return str(value)


# Rich text as plain text


class TextReader(HTMLParser):
    """Rich text as people read it: paragraphs, list items and headings on lines of their own."""

    OPENING = {
        "p": "\n",
        "li": "\n• ",
        "h2": "\nHeading: ",
        "h3": "\nSmaller heading: ",
        "br": "\n",
    }

    def __init__(self, html):
        super().__init__()
        self.text = ""
        self.address = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.text += self.OPENING.get(tag, "")
        if tag == "a":
            self.address = dict(attrs).get("href") or ""

    def handle_endtag(self, tag):
        if tag == "a" and self.address:
            self.text += f" (leads to {self.address})"

    def handle_data(self, data):
        self.text += re.sub(r"\s+", " ", data)


def as_text(html):
    """Return the rich text ``html`` as text, with the addresses that its links lead to."""
    lines = (line.strip() for line in TextReader(html).text.split("\n"))
    return "\n".join(line for line in lines if line)


# Word by word


def between(before, after):
    """Return the Pieces that lead from one text to the other; one that says so where none differ."""
    if before == after:
        return [Piece(SAME, "Only how it is set, such as bold, changed.")] if after else []
    old, new = units(before, after)
    matcher = SequenceMatcher(None, compared(old), compared(new), autojunk=False)
    if matcher.ratio() < ALIKE:
        return [piece for piece in (Piece(REMOVED, before), Piece(ADDED, after)) if piece.text]
    pieces, space = [], []
    operations = matcher.get_opcodes()
    for number, (operation, i, j, k, n) in enumerate(operations):
        removed, added = old[i:j], new[k:n]
        if operation == "equal":
            pieces += shortened(space + added, number == 0, number == len(operations) - 1)
            space = []
            continue
        if removed[-1:] == added[-1:] == [" "]:
            space = [" "]  # what follows begins with it
            removed, added = removed[:-1], added[:-1]
        told = (Piece(REMOVED, "".join(removed)), Piece(ADDED, "".join(added)))
        pieces += [piece for piece in told if piece.text]
    return pieces


def compared(units):
    """Return ``units`` with each space told apart by the word before it.

    Else every space would match every other, and a page of text would take half a minute.
    """
    return [
        (word, unit) if unit == " " else unit
        for word, unit in zip(["", *units], units, strict=False)
    ]


def units(before, after):
    """Return what is compared of each text: its words and the white space between them.

    Of long texts it is their sentences, and of those without any the whole: comparing their words
    takes minutes, and while a page does so in a sandbox nobody can save.
    """
    for unit in (r"\s+|\S+", r"[^.\n]+[.\n]*|[.\n]+"):
        old, new = re.findall(unit, before), re.findall(unit, after)
        if len(old) * len(new) <= MOST and alike(compared(old), compared(new)) <= MOST_ALIKE:
            return old, new
    return [before], [after]


def alike(old, new):
    """Return how many pairs of a unit of each text are the same."""
    counts = Counter(new)
    return sum(counts[unit] for unit in old)


def shortened(same, is_first, is_last):
    """Return the Pieces of words that stayed: those near a change, and that others are left out."""
    room = 2 * CONTEXT  # a word and the space behind it
    head = [] if is_first else same[:room]
    tail = [] if is_last else same[-room:]
    if len(same) <= len(head) + len(tail) + room:
        return [Piece(SAME, "".join(same))]
    pieces = [Piece(SAME, "".join(head)), Piece(LEFT_OUT, " … "), Piece(SAME, "".join(tail))]
    return [piece for piece in pieces if piece.text]
