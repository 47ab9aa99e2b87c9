"""How many enquiries there were, by month and subject: those that are kept, and those deleted."""

from collections import Counter, defaultdict

from django.db.models import F
from django.utils import timezone

from .models import Enquiry, Tally
from .subjects import KINDS

COLUMNS = ("received", "answered", "spam", "helped", "not_helped")
# Their slugs are names, and a number is kept for longer than a name should be.
UNNAMED = {"person"}


def counted(enquiries):
    """Return {(first day of the month, subject): Counter of COLUMNS} for ``enquiries``."""
    found = defaultdict(Counter)
    rows = enquiries.order_by().values(
        "received_at", "state", "answered_at", "helped", *(f"{kind}__slug" for kind in KINDS)
    )
    for row in rows.iterator():
        month = timezone.localdate(row["received_at"]).replace(day=1)
        found[month, subject_of(row)].update(columns_of(row))
    return found


def subject_of(row):
    """Return what is counted together, as in programme:era; "" for enquiries about nothing."""
    for kind in KINDS:
        if slug := row[f"{kind}__slug"]:
            return kind if kind in UNNAMED else f"{kind}:{slug}"[:100]
    return ""


def columns_of(row):
    """Return the COLUMNS in which one enquiry counts."""
    if row["state"] == Enquiry.State.SPAM:
        return ["spam"]
    counts = {
        "received": True,
        "answered": row["answered_at"] is not None,
        "helped": row["helped"] is True,
        "not_helped": row["helped"] is False,
    }
    return [column for column, is_so in counts.items() if is_so]


def keep(enquiries):
    """Add ``enquiries``, which are about to be deleted, to the numbers that stay."""
    for (month, about), counts in sorted(counted(enquiries).items()):
        tally, _ = Tally.objects.get_or_create(month=month, about=about)
        more = {column: F(column) + number for column, number in counts.items()}
        Tally.objects.filter(pk=tally.pk).update(**more)


def table():
    """Return [(month, subject in words, Counter)], the latest month first."""
    found = counted(Enquiry.objects.all())
    for tally in Tally.objects.all():
        found[tally.month, tally.about].update({name: getattr(tally, name) for name in COLUMNS})
    titles = titles_of({about for _, about in found})
    rows = [(month, titles[about], counts) for (month, about), counts in found.items()]
    by_subject = sorted(rows, key=lambda row: row[1])
    return sorted(by_subject, key=lambda row: row[0], reverse=True)


def titles_of(subjects):
    """Return {subject: its words}; what is no longer there goes by its address."""
    titles = {"": "In general"} | {kind: f"A {kind}" for kind in UNNAMED}
    for kind, model in KINDS.items():
        slugs = {about.partition(":")[2] for about in subjects if about.startswith(f"{kind}:")}
        for thing in model.objects.filter(slug__in=slugs):
            titles[f"{kind}:{thing.slug}"] = str(getattr(thing, "called", thing))
    return {about: titles.get(about, about) for about in subjects}
