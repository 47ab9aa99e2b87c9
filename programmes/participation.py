"""Who takes part in what, and who leads there."""

from collections import defaultdict

from publishing import version
from publishing.kept import while_unchanged

from .models import Participation


def participation(programmes):
    """Return {programme: {partner: the public role that leads there, or None}}, all by their keys.

    It is of ``programmes``, and may be of more.
    """
    if version.may_lag():
        return _read(Participation.objects.filter(programme__in=programmes))
    return _of_all()


@while_unchanged
def _of_all():
    return _read(Participation.objects.all())


def _read(participations):
    rows = participations.select_related("lead__holder", "lead__deputy").order_by()
    known, leads = defaultdict(dict), {}
    for row in rows.defer("source", "errata"):
        is_led = row.lead and row.lead.is_published
        # One who leads much is kept once.
        lead = leads.setdefault(row.lead_id, row.lead) if is_led else None
        known[row.programme_id][row.partner_id] = lead
    return dict(known)
