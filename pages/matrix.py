"""Who takes part in what: a row a programme, equal cells merged, as the contacts page shows it."""

from dataclasses import dataclass
from itertools import groupby

from programmes.participation import participation

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
    taking_part = participation(programmes)

    def known(leads, partner):
        """Return what is known of one partner, and who leads there."""
        if partner.pk not in leads:
            return OPEN, None
        lead = leads[partner.pk]
        return (LEAD, lead.named_holder) if lead and lead.named_holder else (KNOWN, None)

    def row(programme):
        leads = taking_part.get(programme.pk, {})
        for (state, lead), group in groupby(partners, lambda partner: known(leads, partner)):
            together = list(group)
            alone = len(together) == len(partners)
            yield Cell(state, together, programme.who_takes_part if alone else "", lead)

    return {programme: list(row(programme)) for programme in programmes}
