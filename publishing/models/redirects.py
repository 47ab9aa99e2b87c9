from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from ..addresses import answers, known_by, may_be_old, pages_with, path_of
from ..fields import OldAddressField, TargetField
from .content import Content


def arrives(target):
    """Whether visitors find something at ``target``; other sites are taken at their word."""
    return not target.startswith("/") or answers(path_of(target))


class RedirectQuerySet(models.QuerySet):
    def get_by_natural_key(self, old_address):
        return self.get(old_address=old_address)

    def of(self, path):
        """Return the redirect of the old address ``path``, or None."""
        return self.filter(old_address=path).first() if may_be_old(path) else None

    def nearest_to(self, path):
        """Return the redirect of ``path``, or else of the page that it belongs to, or None.

        It takes one query, whatever ``path`` is.
        """
        if not may_be_old(path):
            return None
        path = known_by(path)
        found = self.filter(old_address__in=[path, *pages_with(path)])
        return max(found, key=lambda redirect: len(redirect.old_address), default=None)

    def end_of(self, target):
        """Return where a redirect to ``target`` leads in the end, through other old addresses."""
        passed = set()
        while (redirect := self.of(target)) and redirect not in passed:
            passed.add(redirect)
            target = redirect.leads_to
        return target

    def lead_back(self, target, old_address):
        """Whether a redirect to ``target`` leads to ``old_address`` in the end."""
        end = self.end_of(target)
        return end.startswith("/") and known_by(end) == old_address


class Redirect(Content):
    """An address that this site or an earlier one had, and where it leads now.

    No page shows one. It is Content all the same: an answer that somebody keeps, “moved” or “not
    found”, is out of date the moment a redirect changes, and the content version tells them so.
    """

    old_address = OldAddressField(
        unique=True,
        help_text="Only what comes after the host, such as /FAQs. Capitals, a slash at the end "
        "and all that follows a question mark make no difference.",
    )
    leads_to = TargetField(
        help_text="A page of this site, such as /faq/, or an address elsewhere that begins with "
        "https://.",
    )
    reason = models.CharField(
        max_length=200,
        blank=True,
        help_text="For colleagues: where the old address stood, or what was renamed.",
    )
    created_at = models.DateTimeField("added", default=timezone.now, editable=False)

    LEADS_BACK = "This leads back to the old address itself."

    objects = RedirectQuerySet.as_manager()

    class Meta:
        ordering = ["old_address"]

    def __str__(self):
        return f"{self.old_address} → {self.leads_to}"

    def natural_key(self):
        return (self.old_address,)

    @property
    def others(self):
        return type(self).objects.exclude(pk=self.pk)

    def clean(self):
        """Refuse a loop, however many redirects it goes through."""
        complete = self.old_address and self.leads_to
        if complete and self.others.lead_back(self.leads_to, self.old_address):
            raise ValidationError({"leads_to": self.LEADS_BACK})

    def arrives(self):
        """Whether visitors find something where it leads."""
        return arrives(self.leads_to)


class GoneQuerySet(models.QuerySet):
    def about(self, thing):
        """Those of the addresses at which ``thing`` was taken down."""
        kind = ContentType.objects.get_for_model(thing)
        return self.filter(content_type=kind, object_id=str(thing.pk))

    def of(self, path):
        """Return what is said of ``path``, or of the page that it belongs to; None for nothing."""
        if not may_be_old(path):
            return None
        path = known_by(path)
        found = self.filter(address__in=[path, *pages_with(path)])
        return max(found, key=lambda gone: len(gone.address), default=None)


class Gone(Content):
    """The address of a page that was taken down, and what visitors are told there."""

    address = OldAddressField(unique=True)
    reason = models.CharField(max_length=300, help_text="Shown to everyone who comes here.")
    leads_to = TargetField(
        "where to go instead",
        blank=True,
        help_text="A page of this site, such as /programmes/, or an address that begins with "
        "https://. Empty: visitors are offered the search and the lists.",
    )
    taken_down_at = models.DateTimeField(default=timezone.now, editable=False)
    # What stood there: made public again under another address, it is led to from this one.
    content_type = models.ForeignKey(
        ContentType, models.PROTECT, null=True, editable=False, related_name="+"
    )
    object_id = models.CharField(max_length=36, blank=True, editable=False)

    objects = GoneQuerySet.as_manager()

    class Meta:
        ordering = ["address"]
        verbose_name = "page taken down"
        verbose_name_plural = "pages taken down"

    def __str__(self):
        return self.address

    def arrives(self):
        """Whether there is somewhere to go instead, and visitors find something there."""
        return bool(self.leads_to) and arrives(self.leads_to)
