import uuid

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.functional import cached_property

from ..addresses import address_of
from ..fields import (
    CITATION,
    AddressField,
    ChangedAtField,
    CitationsField,
    ErrataField,
    OrderField,
)
from ..provenance import Library


class ContentQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug):
        return self.get(slug=slug)


class MovesVersion(models.Model):
    """A row that public pages read. Database triggers move the content version when it changes."""

    class Meta:
        abstract = True


class Content(MovesVersion):
    """A row that public pages show."""

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
        "public", default=False, help_text="Publishing sets it, and taking down unsets it."
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
        null=True,
        blank=True,
        help_text="When somebody last checked that all of this is true. Not shown to visitors.",
    )
    review_due = models.DateField(
        null=True,
        blank=True,
        help_text="When it should next be checked: the desk reminds of it. Not shown to visitors.",
    )
    # The timer's mark: no page compares a date with today, so time alone changes no page.
    is_overdue = models.BooleanField("review overdue", default=False, editable=False)
    changed_at = ChangedAtField()

    # The parts that are drafted and published with it, by the name of their relation.
    versioned_children = ()
    # The fields that no page shows: a change of these alone is no news.
    never_shown = ("owner", "reviewed_on", "review_due")
    can_be_taken_down = True

    objects = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_live(self):
        """Whether an edit of the row itself could be seen by visitors, so that it needs a draft."""
        return self.is_published

    @property
    def headline(self):
        """What the list of updates calls it: in words of its own row, since they are kept there."""
        return str(self)


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
    title = models.CharField(
        max_length=200, help_text="What pages call it where they say where their words come from."
    )
    dated = models.CharField(
        max_length=100, blank=True, help_text="As far as it says itself. Empty: undated."
    )
    note = models.CharField(max_length=300, blank=True, help_text="What else tells of its age.")
    is_reference = models.BooleanField(
        "reference data", default=False, help_text="Not a text of the partnership’s own."
    )
    address = models.URLField(
        blank=True, help_text="Where it can be read elsewhere. Its page links there."
    )
    licence = models.CharField(max_length=100, blank=True, help_text="Empty: none is stated.")
    order = OrderField()
    text = models.TextField(blank=True, editable=False)

    objects = SourceDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["order", "title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return address_of("pages:source", self.slug)

    def natural_key(self):
        return (self.slug,)

    @cached_property
    def lines(self):
        return self.text.split("\n")

    def line(self, number):
        """Return line ``number``, counted from one, or "" past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def passages(self):
        """Return (number, text) of every line that is not empty."""
        lines = enumerate(self.lines, start=1)
        return [(number, line.strip()) for number, line in lines if line.strip()]


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
