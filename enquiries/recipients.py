"""The mailbox that a message for somebody goes to. None of these is ever shown."""

from django.conf import settings

from partners.models import Partnership


def own_mailbox(route):
    """Return the address of whom ``route`` names, "" where none is known: then the team's serves.

    The role's own mailbox serves its holder only: while a deputy answers, what comes would
    otherwise wait for somebody who is away.
    """
    person, role = route.person, route.role
    known = []
    if person and role and not route.stands_in:
        known.append(role.mailbox)
    if person:
        known += [person.email, *(own.mailbox for own in person.roles.all())]
    return next(filter(None, known), "")


def mailbox_of_team():
    """Return the team's mailbox: the partnership's, else that of the setting, else ""."""
    partnership = Partnership.objects.only("mailbox").first()
    if partnership and partnership.mailbox:
        return partnership.mailbox
    return settings.TEAM_EMAIL
