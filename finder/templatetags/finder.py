from django import template
from django.utils.html import format_html, format_html_join

from ..entries import Where

register = template.Library()

KINDS = {"person": "Person", "question": "Question", "partner": "University", "page": "Page"}


@register.filter
def kind_of_answer(entry):
    """Return what kind of thing ``entry`` is, as a reader calls it."""
    if entry.kind == "programme":
        parent = entry.thing.public_parent
        kind = entry.thing.get_kind_display()
        return f"{kind}, part of {parent.called}" if parent else kind
    return KINDS[entry.kind]


@register.filter
def because(reason):
    """Return ``reason`` as half a sentence, the words of the question marked."""
    words = format_html_join(" ", "<mark>{}</mark>", ((word,) for word in reason.words))
    verb = "is" if len(reason.words) == 1 else "are"
    said = {
        Where.NAME: "{words} {verb} in its name",
        Where.OTHER_NAME: "people call it {words}",
        Where.ROLE: "{words}: the role {label}",
        Where.TOPIC: "{words}: its topic {label}",
        Where.HEADING: "{words} {verb} in its heading",
        Where.TEXT: "{words} {verb} in its text",
    }
    nearly = {
        Where.OTHER_NAME: "{words} {verb} in another name for it",
        Where.TOPIC: "{words}: near its topic {label}",
    }
    sentence = said[reason.where] if reason.is_whole else (said | nearly)[reason.where]
    return format_html(sentence, words=words, verb=verb, label=reason.label)
