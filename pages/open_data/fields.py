"""What a field is, and the fields that many kinds share."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from django.conf import settings

from enquiries.routes import CONTACT, PARTNER, REMIT, TEAM
from programmes.models import Link, Participation
from publishing.rich_text import clean_html

LIST_SEPARATOR = "|"  # in CSV; no slug and no citation can hold one


@dataclass(frozen=True)
class Type:
    """What a value is: in words, in JSON Schema, and in the Table Schema of a CSV file."""

    name: str
    json: dict
    table: dict


def string(name, format):
    """Return the Type of a text in a ``format`` that both schemas know by the same name."""
    described = {"type": "string", "format": format}
    return Type(name, described, described)


def array(name, items):
    """Return the Type of a list of texts, which ``items`` describes."""
    described = {"type": "array", "items": items}
    return Type(name, described, {"type": "list", "delimiter": LIST_SEPARATOR})


TEXT = Type("text", {"type": "string"}, {"type": "string"})
HTML = Type("HTML", {"type": "string", "contentMediaType": "text/html"}, {"type": "string"})
SLUG = Type("slug", {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"}, {"type": "string"})
UUID = string("UUID", "uuid")
ADDRESS = string("address", "uri")
EMAIL = string("e-mail", "email")
INTEGER = Type("whole number", {"type": "integer"}, {"type": "integer"})
NUMBER = Type("number", {"type": "number"}, {"type": "number"})
BOOLEAN = Type("true or false", {"type": "boolean"}, {"type": "boolean"})
DATE = Type("date", {"type": "string", "format": "date"}, {"type": "date"})
MOMENT = Type("moment", {"type": "string", "format": "date-time"}, {"type": "datetime"})
SLUGS = array("list of slugs", SLUG.json)
CITATIONS = array(
    "list of places", {"type": "string", "pattern": f"^[^\\s{LIST_SEPARATOR}]+:[1-9][0-9]*$"}
)
SLIPS = Type(
    "list of slips",
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {key: {"type": "string"} for key in ("has", "shows", "why")},
            "required": ["has", "shows", "why"],
            "additionalProperties": False,
        },
    },
    {"type": "array"},  # in CSV as JSON
)


@dataclass(frozen=True)
class Field:
    """One field of a kind; its value is None or "" where there is none."""

    name: str
    type: Type
    description: str
    get: Callable | None = None  # takes the thing; without one it is the attribute of that name
    required: bool = False  # whether every row has a value
    choices: tuple = ()  # all the values there are
    refers_to: str = ""  # the kind whose slugs these are

    def value(self, thing):
        get = self.get or attrgetter(self.name)
        return get(thing)


def always(*args, **kwargs):
    """Return a Field that has a value in every row."""
    return Field(*args, required=True, **kwargs)


# Where values come from


def slug_of(name):
    """Return a getter of the slug of what the attribute ``name`` holds, None if it is nothing."""
    return lambda thing: getattr(attrgetter(name)(thing), "slug", None)


def html_of(name):
    """Return a getter of rich text, past the allow-list."""
    return lambda thing: str(clean_html(getattr(thing, name)))


def url_of(thing):
    return f"{settings.BASE_URL}{thing.get_absolute_url()}"


def changed_at(thing):
    """Links and participation carry no moment of their own: they are saved with the programme."""
    return (thing.programme if isinstance(thing, Link | Participation) else thing).changed_at


NAMED, NOT_NAMED, VACANT, AWAY = "named", "not named", "vacant", "away"


def holder_state(role):
    if role.named_holder:
        return NAMED
    return NOT_NAMED if role.holder else VACANT


def why_missing(thing):
    role = thing.route.unavailable
    return role and (AWAY if role.is_away else holder_state(role))


# The fields that many kinds share

POSITION = always(
    "position", INTEGER, "Its place in this file, which is in the order of the site’s own lists."
)
SLUG_FIELD = always("slug", SLUG, "What names it here and in every other file.")
ID_FIELD = always("id", UUID, "What names it here.")


def url_field(get=url_of):
    return always("url", ADDRESS, "Where it stands on this site.", get)


WHOM_TO_ASK = [
    always(
        "ask_level",
        TEXT,
        "How near the answer is. contact: of this very thing; remit: a post that covers it; "
        "partner: that university’s own contact; team: nobody nearer is there, so ask the team.",
        lambda thing: thing.route.level,
        choices=(CONTACT, REMIT, PARTNER, TEAM),
    ),
    Field(
        "ask_role",
        SLUG,
        "The post that answers. Missing for the team, and for a person who is asked directly.",
        slug_of("route.role"),
        refers_to="roles",
    ),
    Field(
        "ask_person",
        SLUG,
        "Who answers. Missing for the team.",
        slug_of("route.person"),
        refers_to="people",
    ),
    Field(
        "ask_email",
        EMAIL,
        "The address of that person. Missing: none is published.",
        lambda thing: thing.route.person and thing.route.person.email,
    ),
    always(
        "ask_stands_in",
        BOOLEAN,
        "Whether that person is the deputy of somebody who is away or not yet there.",
        lambda thing: thing.route.stands_in,
    ),
    Field(
        "ask_missing",
        SLUG,
        "The nearest post, where nobody fills it at present.",
        slug_of("route.unavailable"),
        refers_to="roles",
    ),
    Field(
        "ask_missing_why",
        TEXT,
        "Why nobody does.",
        why_missing,
        choices=(AWAY, VACANT, NOT_NAMED),
    ),
]

BOTH, FROM_SOURCE, FROM_TEAM = "both", "source", "team"

PROVENANCE = [
    always(
        "source",
        CITATIONS,
        "The lines that its words come from, each as document:line; the documents are in the file "
        "sources, by name. Empty: none.",
    ),
    Field(
        "words_from",
        TEXT,
        "Whose its words are, worked out by looking for them in those lines. source: they stand "
        "there word for word, but for the slips below; team: they do not; both: some do. Missing: "
        "it has no words of its own.",
        choices=(FROM_SOURCE, FROM_TEAM, BOTH),
    ),
    always(
        "errata",
        SLIPS,
        "Slips of the source that the site mends: what the source has, what the site shows, why.",
    ),
    always("changed_at", MOMENT, "When it was last saved, itself or as a part.", changed_at),
]
