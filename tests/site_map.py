"""Every public address, worked out from the site itself, and what a reader finds there."""

from html.parser import HTMLParser
from urllib.parse import urldefrag

from django.apps import apps
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from faq.models import Question
from pages.open_data.kinds import KINDS
from publishing.models import Content
from publishing.provenance import fold

# The desk's, its previews, and those of whoever wrote an enquiry (tests/test_enquire.py).
NOT_PAGES = {
    "admin/",
    "^preview/(?P<key>[a-zA-Z0-9_-]+)/(?P<path>.*)$",
    "enquire/<slug:key>/",
    "enquire/<slug:key>/answered/",
}
# Those to which only lists lead that have grown too long for another page (tests/test_growth.py).
OF_LONG_LISTS = {
    "faq/<slug:slug>/",
    "faq/<slug:section>/<slug:slug>/",
    "figures/<slug:slug>/",
    "partners/<slug:slug>/people/",
    "partners/<slug:slug>/programmes/",
    "topics/<slug:slug>/programmes/",
    "topics/<slug:slug>/questions/",
}
FILES = (".svg", ".png", ".vcf", ".json", ".csv", ".xml", ".txt", ".atom")


def routes(patterns=None, prefix=""):
    """Return the route of every public page, as the URL conf writes it."""
    found = set()
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if route in NOT_PAGES | OF_LONG_LISTS or route.endswith(FILES):
            continue
        if isinstance(pattern, URLResolver):
            found |= routes(pattern.url_patterns, route)
        else:
            found.add(route)
    return found


def content_models():
    return [model for model in apps.get_models() if issubclass(model, Content)]


def public(model):
    everything = model.objects.all()
    return everything.public() if hasattr(everything, "public") else everything


def addresses():
    """Return every public address: that of each route without a variable, and of each public thing."""
    found = {f"/{route}" for route in routes() if not set(route) & set("<(")}
    for model in content_models():
        if hasattr(model, "get_absolute_url"):
            found |= {thing.get_absolute_url().partition("#")[0] for thing in public(model)}
    return sorted(found)


def data_files():
    """Return the address of every file of open data."""
    kinds = [
        reverse(f"pages:data_{form}", args=[kind.name])
        for kind in KINDS
        for form in ("json", "csv")
    ]
    return [*kinds, reverse("pages:data_schema"), reverse("pages:data_package")]


def walk(client):
    """Yield (address, HTML) of every page of the site, each of which must answer."""
    for address in addresses():
        response = client.get(address)
        assert response.status_code == 200, address
        yield address, response.content.decode()


def delete_all_content():
    Question.objects.all().delete()  # a section stays while it has questions
    for model in content_models():
        model.objects.all().delete()


VOID = {"br", "hr", "img", "input", "link", "meta"}
WITHIN_A_LINE = {"a", "abbr", "em", "mark", "span", "strong"}
UNSEEN = {"title", "style", "script"}


class Reading(HTMLParser):
    """What a reader finds on a page, and the slips of its markup."""

    def __init__(self, html):
        super().__init__()
        self.elements = []  # (tag, its attributes)
        self.words = {}  # tag: the words of each element of it
        self.slips = []
        self.pieces = []
        self.open = []  # (tag, its attributes, where its words begin)
        self.links = []  # (words, address)
        self.feed(html)
        self.close()
        self.slips += [f"<{tag}> is never closed" for tag, *_ in self.open]

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        self.pieces.append("" if tag in WITHIN_A_LINE else " ")
        if tag not in VOID:
            self.open.append((tag, attributes, len(self.pieces)))

    def handle_data(self, words):
        self.pieces.append(words)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open[-1][0] != tag:
            self.slips.append(f"</{tag}> closes nothing")
            return
        _, attributes, begin = self.open.pop()
        words = fold("".join(self.pieces[begin:]))
        self.words.setdefault(tag, []).append(words)
        if tag == "a":
            self.links.append((words, attributes.get("href", "")))
        if tag in UNSEEN:
            del self.pieces[begin:]
        self.pieces.append("" if tag in WITHIN_A_LINE else " ")

    @property
    def text(self):
        return fold("".join(self.pieces))

    @property
    def ids(self):
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    @property
    def description(self):
        [content] = [a["content"] for tag, a in self.elements if a.get("name") == "description"]
        return content

    @property
    def searches(self):
        """The addresses at which its forms look something up."""
        forms = [a for tag, a in self.elements if tag == "form" and a.get("method") == "get"]
        return [urldefrag(form["action"]).url for form in forms]

    @property
    def classes(self):
        return {name for _, a in self.elements for name in (a.get("class") or "").split()}


def text_of(html):
    return Reading(html).text


def read(client, address):
    """Read the page at ``address``, as a visitor would."""
    response = client.get(address)
    assert response.status_code == 200, address
    return Reading(response.content.decode())
