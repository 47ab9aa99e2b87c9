"""What should be read again: the mark that visitors and staff see once its day has passed."""

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from .models.revisions import publishable_models


def mark_overdue():
    """Let what is public be marked as overdue for review, or no longer so; return how many changed.

    Only what changes is written, since any write moves the content version. It is no edit, so it
    does not count as a change of the thing itself.
    """
    return sum(mark_overdue_of(model) for model in publishable_models())


def mark_overdue_of(model):
    is_due = Q(is_published=True, review_due__lt=timezone.localdate())
    rows = model._base_manager
    wrong = rows.filter(is_due, is_overdue=False) | rows.filter(~is_due, is_overdue=True)
    keys = list(wrong.values_list("pk", flat=True))
    if not keys:
        return 0
    mark = Case(When(is_due, then=Value(True)), default=Value(False))
    return rows.filter(pk__in=keys).update(is_overdue=mark)
