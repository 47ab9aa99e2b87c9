import uuid

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from .addresses import answers, known_by, may_be_old, pages_with, path_of
from .fields import (
    CITATION,
    AddressField,
    ChangedAtField,
    CitationsField,
    ErrataField,
    OldAddressField,
    OrderField,
    TargetField,
)
from .provenance import Library


class ContentQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug):
        return self.get(slug=slug)


class Content(models.Model):
    """A row that public pages show. Database triggers move the content version when it changes."""

    objects = ContentQuerySet.as_manager()

    class Meta:
        abstract = True


class Sourced(Content):
    """Content that can say where its words come from."""

    source = CitationsField(
        help_text="Where the words come from, one place on a line: the document, "
        "a colon and the line. "
        "Empty: the team wrote them."
    )
    errata = ErrataField(
        "slips of the source",
        help_text="What the site mends, one on a line: "
        "what the source has | what the site shows | why.",
    )

    class Meta:
        abstract = True

    def words(self):
        """Return the texts, without markup, that its page shows: the source's or else the team's."""
        return []

    def words_in_short(self):
        """Return those that a list shows of it."""
        return []

    def clean(self):
        super().clean()
        library = Library(SourceDocument.objects.all())
        nowhere = [
            citation
            for citation in self.source
            if CITATION.match(citation) and not library.line(citation).strip()
        ]
        if nowhere:
            raise ValidationError({"source": f"No source has this line: {', '.join(nowhere)}."})


class PublishableQuerySet(ContentQuerySet):
    def public(self):
        """Only what visitors may see."""
        return self.filter(is_published=True)


class Publishable(Sourced):
    """Something drafted, published and reviewed by itself."""

    is_published = models.BooleanField(
        "public", default=False, help_text="Only public entries are shown to visitors."
    )
    owner = models.ForeignKey(
        "people.Role",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The role that keeps this up to date. Not shown to visitors.",
    )
    reviewed_on = models.DateField(
        null=True, blank=True, help_text="When somebody last checked that all of this is true."
    )
    review_due = models.DateField(
        null=True, blank=True, help_text="When it should next be checked."
    )
    # The timer's mark: no page compares a date with today, so time alone changes no page.
    is_overdue = models.BooleanField("review overdue", default=False, editable=False)
    changed_at = ChangedAtField()

    objects = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True


class Child(Sourced):
    """A part of a Publishable, drafted and published with it.

    Its key is a UUID, since SQLite gives the number of a rolled-back draft row to another row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class SourceDocumentQuerySet(ContentQuerySet):
    def public(self):
        """All: a source is evidence, so none is hidden."""
        return self.all()


class SourceDocument(Content):
    """A text or a set of reference data that the words and figures of the site come from."""

    name = models.CharField(
        max_length=100,
        unique=True,
        validators=[RegexValidator(r"^[\w.-]+$", "Letters, digits, dots and hyphens only.")],
        help_text="As citations write it.",
    )
    slug = AddressField()
    title = models.CharField(max_length=200)
    dated = models.CharField(
        max_length=100, blank=True, help_text="As far as it says itself. Empty: undated."
    )
    note = models.CharField(max_length=300, blank=True, help_text="What else tells of its age.")
    is_reference = models.BooleanField(
        "reference data", default=False, help_text="Not a text of the partnership’s own."
    )
    address = models.URLField(blank=True)
    licence = models.CharField(max_length=100, blank=True, help_text="Empty: none is stated.")
    order = OrderField()
    text = models.TextField(blank=True, editable=False)

    objects = SourceDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["order", "title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("pages:source", args=[self.slug])

    def natural_key(self):
        return (self.slug,)

    def line(self, number):
        """Return line ``number``, counted from one, or "" past the end."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def passages(self):
        """Return (number, text) of every line that is not empty."""
        lines = enumerate(self.text.split("\n"), start=1)
        return [(number, line.strip()) for number, line in lines if line.strip()]


class RedirectQuerySet(models.QuerySet):
    def get_by_natural_key(self, old_address):
        return self.get(old_address=old_address)

    def of(self, path):
        """Return the redirect of the old address ``path``, or None."""
        return self.filter(old_address=path).first() if may_be_old(path) else None

    def of_file(self, path):
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
        """Whether visitors find something where it leads; other sites are taken at their word."""
        return not self.leads_to.startswith("/") or answers(path_of(self.leads_to))


class ContentVersion(models.Model):
    """One row that moves whenever content changes, whoever writes: see ``version.py``."""

    token = models.CharField(max_length=64)
    moved_at = models.DateTimeField()

    def __str__(self):
        return self.token

    @property
    def changed_at(self):
        """When the last of all content changed, named as in the rows themselves."""
        return self.moved_at
