"""A person as a contact card that address books read: vCard 4.0 (RFC 6350).

Readers of vCard 3.0 (RFC 2426) take it as well, so it keeps to what both know: properties that
3.0 lacks are ones it skips (KIND, CONTACT-URI), and a telephone number is text, as it stands on
the page. RFC 6350 prefers a tel: URI, but a national number has none without inventing its country.
"""

import re
import unicodedata
from datetime import UTC

from django.urls import reverse

from enquiries.subjects import form_address
from publishing.rich_text import blocks

from .structured_data import absolute, identifier

PRODUCT = "-//partnership-site//vCard//EN"
LONGEST_LINE = 75  # octets, without the line break (RFC 6350, 3.2)
LINE_BREAK = "\r\n"


def vcard(person, route, partnership):
    """Return the card of ``person`` (of a queryset ``with_roles``), whom ``route`` leads to.

    ``partnership`` may be None. Whatever the page does not show is not on the card.
    """
    page = absolute(person.get_absolute_url())
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"PRODID:{PRODUCT}",
        "KIND:individual",
        f"UID:{identifier(person)}",
        f"SOURCE:{absolute(reverse('pages:vcard', args=[person.slug]))}",
        f"FN:{text(person)}",
        f"N:{components(person.family_name, person.given_name, '', person.title, person.honours)}",
        *role_lines(person.public_roles, partnership),
        *(f"{name}:{text(value)}" for name, value in addresses(person) if value),
        f"URL:{page}",
        *route_lines(person, route, partnership),
        f"REV:{changed_at(person):%Y%m%dT%H%M%SZ}",
        "END:VCARD",
    ]
    return "".join(fold(line) + LINE_BREAK for line in lines)


def addresses(person):
    return [("EMAIL", person.email), ("TEL", person.telephone)]


def role_lines(roles, partnership):
    """Return TITLE and ORG of each role; a group ties the two together where there are several."""
    lines = []
    for number, role in enumerate(roles, start=1):
        group = f"role{number}." if len(roles) > 1 else ""
        lines.append(f"{group}TITLE:{text(role)}")
        at = role.public_partner or (partnership if role.is_in_team else None)
        if at:
            lines.append(f"{group}ORG:{text(at)}")
    return lines


def route_lines(person, route, partnership):
    """Return whom to write to, in the page's words, while ``person`` has no public address."""
    if person.email:
        return []
    form = absolute(form_address(person))
    note = [f"Write to {route.person or 'the team'}: {form}"]
    if partnership and partnership.advice:
        note += ["Inside your own university:", *blocks(partnership.advice)]
    words = "\n".join(note)
    return [f"CONTACT-URI:{form}", f"NOTE:{text(words)}"]  # CONTACT-URI is RFC 8605's


def changed_at(person):
    """Return when the latest of what the card shows was changed, in UTC."""
    times = [person.changed_at, *(role.changed_at for role in person.public_roles)]
    return max(times).astimezone(UTC)


def components(*values):
    return ";".join(text(value) for value in values)


def text(value):
    """Return ``value`` escaped (RFC 6350, 3.4), so that no word of it ends a value or a line."""
    escaped = re.sub(r"([\\,;])", r"\\\1", str(value))
    in_one_line = "\\n".join(escaped.splitlines())  # split at every line end that Unicode knows
    return "".join(letter for letter in in_one_line if unicodedata.category(letter) != "Cc")


def fold(line):
    """Break ``line`` so that no part is longer than allowed, and no character is torn."""
    folded, length = [], 0
    for letter in line:
        octets = len(letter.encode())
        if length + octets > LONGEST_LINE:
            folded.append(f"{LINE_BREAK} ")
            length = 1  # the space that a continued line begins with
        folded.append(letter)
        length += octets
    return "".join(folded)
