"""What an enquiry is about, as the address of the form carries it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from faq.models import Question
from partners.models import Partner
from people.models import Person
from programmes.models import Programme
from publishing.addresses import address_of
from topics.models import Topic

KINDS = {
    "programme": Programme,
    "person": Person,
    "partner": Partner,
    "topic": Topic,
    "question": Question,
}
NAMES = {model: kind for kind, model in KINDS.items()}
LONGEST = 300  # characters of a page's address or of a query


@dataclass(frozen=True)
class Subject:
    """A public thing, a page with something wrong on it, or neither; and where it was asked."""

    kind: str = ""
    thing: object = None
    page: str = ""
    query: str = ""
    at: Partner | None = None

    @classmethod
    def named_by(cls, parameters):
        """Return the Subject that ``parameters`` name; what they name in vain is left out.

        An address that somebody kept may name what is no longer public: the enquiry then goes to
        the team like any other.
        """
        kind, thing = cls._thing(parameters)
        partners = Partner.objects.public()
        return cls(
            kind,
            thing,
            page=_path(parameters.get("page", "")) if not thing else "",
            query=_line(parameters.get("q", "")),
            at=_of_slug(partners, parameters.get("at", "")),
        )

    @staticmethod
    def _thing(parameters):
        for kind, model in KINDS.items():
            if thing := _of_slug(model.objects.public(), parameters.get(kind, "")):
                return kind, thing
        return "", None

    @property
    def called(self):
        """The thing by its shorter name, "" where there is none."""
        return str(getattr(self.thing, "called", self.thing)) if self.thing else ""

    @property
    def label(self):
        """What it is about in words, for those who answer."""
        if self.thing:
            return self.called
        if self.page:
            return f"Something wrong on {self.page}"[:LONGEST]
        return f"Searched for “{self.query}”"[:LONGEST] if self.query else ""


def _of_slug(things, slug):
    return things.filter(slug=slug).first() if slug and "\0" not in slug else None


def _line(text):
    """Return ``text`` as one line that can be kept, and that shows all it holds."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(visible.split())[:LONGEST]


def _path(text):
    """Return ``text`` if it is the path of a page here, else "".

    It becomes a link for those who answer, which nobody shall lead to another site.
    """
    path = _line(text)
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else ""


def form_address(thing=None, page="", query="", at=None):
    """Return the address of the form for an enquiry about ``thing``, or a wrong ``page``."""
    parameters = {
        NAMES.get(type(thing), ""): getattr(thing, "slug", ""),
        "page": page[:LONGEST],
        "q": query[:LONGEST],
        "at": at.slug if at else "",
    }
    written = urlencode({name: value for name, value in parameters.items() if name and value})
    return f"{address_of('enquiries:form')}{'?' if written else ''}{written}"
