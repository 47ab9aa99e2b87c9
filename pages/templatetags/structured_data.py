import json
from html import unescape

from django import template
from django.utils.safestring import mark_safe

from publishing.addresses import address_of

from ..structured_data import CONTEXT, PAGES, Here, breadcrumb_list

register = template.Library()

# What could end the element or open a comment in it, as for Django's json_script, and the two
# line ends that old parsers of scripts stumble over.
ESCAPES = {character: f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}


@register.simple_tag(takes_context=True)
def structured_data(context, page="page", **things):
    """The page as JSON-LD: ``page`` is one of ``structured_data.PAGES``, ``things`` what it needs.

    It goes where the page has all of them at hand, so that it asks the database for nothing more.
    """
    return script(PAGES[page](here(context), **things))


@register.inclusion_tag("components/breadcrumbs.html", takes_context=True)
def breadcrumbs(context, name=None, label=None, thing=None):
    """The way back up: home, then the list that this page belongs to (its route and its words),
    then the ``thing`` of that list whose own list it is."""
    trail = [("Home", address_of("pages:home"))]
    if name:
        trail.append((label, address_of(name)))
    if thing:
        trail.append((str(thing), thing.get_absolute_url()))
    # No page, no way down to it.
    described = script(breadcrumb_list(here(context), trail)) if context["canonical"] else ""
    return {"trail": trail, "described": described}


def here(context):
    """Return the page that is being drawn; base.html has just printed its title and description."""
    return Here(
        address=context["canonical"],
        title=unescape(context["title"]),
        description=unescape(context["description"]),
        partnership=context["partnership"] or None,
    )


def script(thing):
    """Return ``thing`` as a block of data, which no browser runs and no content can end."""
    words = json.dumps({"@context": CONTEXT} | thing, ensure_ascii=False, separators=(",", ":"))
    for character, escape in ESCAPES.items():  # str.translate takes a millisecond for these words
        words = words.replace(character, escape)
    return mark_safe(f'<script type="application/ld+json">{words}</script>')
