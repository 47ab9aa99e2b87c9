"""Who takes part in what: a row a programme, equal cells merged, as the contacts page shows it."""

from dataclasses import dataclass
from itertools import groupby

from programmes.models import Participation

LEAD, KNOWN, OPEN = "lead", "known", "open"


@dataclass(frozen=True)
class Cell:
    """One cell of a row: ``span`` partners of whom the same is known."""

    state: str
    partners: list
    phrase: str = ""  # the source's words, where the same is known of all
    lead: object = None  # the person who leads at this partner

    @property
    def span(self):
        return len(self.partners)


def cells(programmes, partners):
    """Return {programme: its cells}; the cells of each span all ``partners``."""
    participations = {
        (participation.programme_id, participation.partner_id): participation
        for participation in Participation.objects.filter(
            programme__in=programmes, partner__in=partners
        ).select_related("lead__holder")
    }

    def known(programme, partner):
        """Return what is known of one partner, and who leads there."""
        participation = participations.get((programme.pk, partner.pk))
        if participation is None:
            return OPEN, None
        lead = participation.lead
        if lead and lead.is_published and lead.named_holder:
            return LEAD, lead.named_holder
        return KNOWN, None

    def row(programme):
        for (state, lead), group in groupby(partners, lambda partner: known(programme, partner)):
            together = list(group)
            alone = len(together) == len(partners)
            yield Cell(state, together, programme.who_takes_part if alone else "", lead)

    return {programme: list(row(programme)) for programme in programmes}
