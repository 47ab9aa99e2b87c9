"""The name of somebody in running text: where it stands, and the text without it."""

import re

REMOVED = "[name removed]"


def pattern_of(person):
    """Return a pattern of the forms in which a text names ``person``, None if none is sure.

    These are given and family name, an initial and the family name, and title and family name,
    each with the title before and the honours after it, in any case and across line breaks. A
    single word is none of them: it may be a word like any other, or the name of somebody else.
    """
    before = [re.escape(person.title)] if person.title else []
    if person.given_name:
        given, initial = spaced(person.given_name), re.escape(person.given_name[0])
        title = rf"(?:{before[0]}\s+)?" if before else ""
        before = [rf"{title}(?:{given}|{initial}\.?)", *before]
    if not before:
        return None
    honours = rf"(?:,?\s+{spaced(person.honours)})?" if person.honours else ""
    written = rf"(?:{'|'.join(before)})\s+{spaced(person.family_name)}{honours}"
    return re.compile(rf"(?<!\w){written}(?!\w)", re.IGNORECASE)


def spaced(words):
    return r"\s+".join(map(re.escape, words.split()))


def patterns_of(people):
    """Return the patterns of all those ``people`` whom a text can surely name."""
    return [pattern for person in people if (pattern := pattern_of(person))]


def without_names(text, patterns):
    """Return ``text`` with every name that one of ``patterns`` finds taken out, and said so."""
    for pattern in patterns:
        text = pattern.sub(REMOVED, text)
    return text
