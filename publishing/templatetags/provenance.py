import re

from django import template
from django.db.models import Model
from django.urls import get_script_prefix
from django.utils.safestring import mark_safe

from ..addresses import inside
from ..rich_text import clean_html as clean
from ..rich_text import split_lede

register = template.Library()

# As the allow-list writes it: no other attribute comes first, and no word of the text has a bare “<”.
LINK_OF_THIS_SITE = re.compile(r'(?<=<a href=")/(?!/)')


@register.filter
def clean_html(text):
    """Print rich text, past the allow-list. Its links stay in a preview, as all others do there."""
    return mark_safe(LINK_OF_THIS_SITE.sub(get_script_prefix(), clean(text)))


@register.filter
def as_linked_here(address):
    """An address that is stored, as ``{% url %}`` makes the others, which stay in a preview."""
    return inside(get_script_prefix(), address)


@register.filter
def lede(text):
    """The first sentence of rich text, past the allow-list."""
    return split_lede(clean_html(text))[0]


@register.filter
def after_lede(text):
    """Rich text without its first sentence, past the allow-list."""
    return split_lede(clean_html(text))[1]


@register.filter
def passage_of(library, thing):
    """The address of the first passage that ``thing`` cites."""
    return library.passage_of(thing)


@register.simple_tag(takes_context=True)
def source_says(context, thing, word):
    """Whether one of the lines that ``thing`` cites has ``word``."""
    return any(word in context["library"].line(citation).lower() for citation in thing.source)


@register.inclusion_tag("components/source_note.html", takes_context=True)
def source_note(context, *things, listed=()):
    """Where the words of ``things`` come from: rows, lists of rows, or nothing.

    ``listed`` are rows of which the page shows no more than a name or a sentence.
    """
    rows = []
    for thing in things:
        if isinstance(thing, Model):
            rows.append(thing)
        elif thing:
            rows += thing
    return {"provenance": context["library"].provenance(rows, listed)}
