import re
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import Truncator

from partners.models import Partner
from people.models import Person, Role
from publishing.addresses import address_of
from publishing.fields import AddressField, LinesField, OrderField, RichTextField
from publishing.models import Child, Publishable, PublishableQuerySet
from publishing.paging import is_long, longer_than_a_page
from publishing.rich_text import blocks
from topics.models import TopicItem, TopicsField


class ProgrammeQuerySet(PublishableQuerySet):
    def with_participation(self):
        """Add how many partners the source says take part, and how many partners there are."""
        named = Participation.objects.filter(programme=OuterRef("pk"), partner__is_published=True)
        everyone = Partner.objects.public()
        # As subqueries: Django drops the order of a query that counts by joining.
        return self.annotate(
            partners_named=number_of(named, "programme"),
            partners_in_all=number_of(everyone, "is_published"),
        )


def number_of(rows, same):
    """Return the number of ``rows``, whose field ``same`` is the same in all, as a subquery."""
    counted = rows.order_by().values(same).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


class Programme(Publishable):
    """A programme, initiative or shared resource of the partnership."""

    class Kind(models.TextChoices):
        FLAGSHIP = "flagship", "Flagship programme"
        SKILLS = "skills", "Skills programme"
        RESEARCH = "research", "Research initiative"
        SHARED = "shared", "Shared resource"

    class State(models.TextChoices):
        NOT_STATED = "", "Not stated"
        RUNNING = "running", "Running"
        ENDED = "ended", "Ended"

    name = models.CharField(
        max_length=200, help_text="The heading of its page, and what every list calls it."
    )
    short_name = models.CharField(
        max_length=60,
        blank=True,
        help_text="If people use one. It serves where there is little room.",
    )
    also_known_as = LinesField(
        help_text="Other names people search for, one on a line. Shown only where the source "
        "has them."
    )
    slug = AddressField()
    kind = models.CharField(
        max_length=20,
        choices=Kind,
        help_text="Its group on every list; flagships lead. The programme’s own page says "
        "“flagship” only where a cited line does.",
    )
    state = models.CharField(
        max_length=20,
        choices=State,
        blank=True,
        default=State.NOT_STATED,
        help_text="Its page says so when a programme has ended.",
    )
    succeeded_by = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="predecessors",
        help_text="What an ended programme leads on to.",
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name="part of",
        help_text="The programme it belongs to, if it does. Their pages lead to each other.",
    )
    summary = models.TextField(
        help_text="One sentence from the source, for cards, search results and metadata. The "
        "programme’s own page opens with its text instead."
    )
    body = RichTextField(help_text="Shown to everyone. The page opens with its first sentence.")
    who_takes_part = models.CharField(
        max_length=300,
        blank=True,
        help_text="The source’s own phrase. Empty: the page says that the source does not say.",
    )
    contacts = models.ManyToManyField(
        Role,
        blank=True,
        related_name="contact_for",
        help_text="Whom to ask about this programme. None: whoever’s remit covers it, else the "
        "team.",
    )
    topics = TopicsField(
        "topics",
        through="ProgrammeTopic",
        blank=True,
        ordering=["name"],
        help_text="What people look for when this programme is the answer.",
    )
    editors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="edited_programmes",
        help_text="They see the enquiries about it at this desk.",
    )
    order = models.PositiveSmallIntegerField(default=0, help_text="Its place within its group.")

    versioned_children = ("figures", "participations", "links")
    never_shown = (*Publishable.never_shown, "also_known_as", "editors")

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = [Case(When(kind="flagship", then=0), default=1), "order", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="no_programme_is_part_of_itself",
                violation_error_message="A programme can’t be part of itself.",
            ),
            models.CheckConstraint(
                condition=Q(succeeded_by__isnull=True)
                | (~Q(succeeded_by=F("id")) & Q(state="ended")),
                name="only_an_ended_programme_is_succeeded",
                violation_error_message="Only a programme that has ended has a successor, and it "
                "can’t be its own.",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return address_of("programmes:detail", self.slug)

    def natural_key(self):
        return (self.slug,)

    @property
    def second_name(self):
        """The short name, where the name does not hold it already."""
        return "" if self.short_name in self.name else self.short_name

    @property
    def called(self):
        """What to call it where there is little room."""
        return self.short_name or self.name

    @property
    def is_flagship(self):
        return self.kind == self.Kind.FLAGSHIP

    @property
    def all_take_part(self):
        """Whether the source says so of every partner (of a queryset ``with_participation``)."""
        return bool(self.partners_named) and self.partners_named == self.partners_in_all

    @cached_property
    def public_parent(self):
        return self.parent if self.parent and self.parent.is_published else None

    @cached_property
    def public_successor(self):
        return self.succeeded_by if self.succeeded_by and self.succeeded_by.is_published else None

    def public_topics(self):
        """Return its topics, with no more of each than a link shows."""
        return self.topics.all().public().only("name", "slug")

    def words_in_short(self):
        return list(filter(None, (self.summary, self.who_takes_part)))

    def words(self):
        said = blocks(self.body) or [self.summary]
        return list(filter(None, (*said, self.who_takes_part)))


class ProgrammeTopic(TopicItem):
    content_object = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="topic_items"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_object", "tag"], name="a_topic_once_a_programme"
            )
        ]


class ParticipationQuerySet(models.QuerySet):
    def public(self):
        return self.filter(partner__is_published=True, programme__is_published=True).select_related(
            "partner", "programme", "lead"
        )

    def with_partners(self):
        """Read no more of each than what it cites, and a link to its partner."""
        return (
            self.select_related(None)
            .select_related("partner")
            .only("source", "errata", "programme", "partner__short_name", "partner__slug")
        )

    def by_programme(self):
        """In the order of the programmes, which are read with them, but for their texts."""
        flagships_first = Case(When(programme__kind=Programme.Kind.FLAGSHIP, then=0), default=1)
        return (
            self.select_related(None)
            .select_related("programme")
            .defer("programme__body", "programme__also_known_as")
            .order_by(flagships_first, "programme__order", "programme__name")
        )


class Participation(Child):
    """A partner takes part in a programme, as the source says."""

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="participations"
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.CASCADE,
        related_name="participations",
        help_text="A university of which the source says that it takes part.",
    )
    lead = models.ForeignKey(
        Role,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="led_participations",
        help_text="Who leads at this university, if it has named somebody.",
    )

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["partner__short_name"]
        verbose_name_plural = "participation"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "partner"], name="a_partner_once_a_programme"
            )
        ]

    def __str__(self):
        return f"{self.partner.short_name}: {self.programme.called}"


class Link(Child):
    """Where a programme can be found elsewhere; without an address where the source lost it."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="links")
    label = models.CharField(max_length=200, help_text="What a reader finds there.")
    address = models.URLField(blank=True, help_text="Empty: the page says that it is not known.")
    handle = models.CharField(
        max_length=50, blank=True, help_text="On social media, as the source writes it."
    )
    order = OrderField()

    class Meta:
        ordering = ["order", "label", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(address="") | Q(handle=""),
                name="a_link_is_an_address_or_a_handle",
                violation_error_message="Give an address or a handle: a link is one of them.",
            )
        ]

    def __str__(self):
        return self.label

    @property
    def is_lost(self):
        return not (self.address or self.handle)


class Numeral(NamedTuple):
    """A figure as written, taken apart to be set in two sizes: more than / 11 / million."""

    before: str
    number: str
    after: str

    @property
    def has_digits(self):
        return any(character.isdigit() for character in self.number)

    @classmethod
    def read(cls, text):
        """Return the Numeral of ``text``; one without digits is a number as a whole."""
        if match := re.search(r"£?\d[\d,.]*\S*", text):
            return cls(text[: match.start()].strip(), match[0], text[match.end() :].strip())
        return cls("", text, "")


class FigureQuerySet(PublishableQuerySet):
    def public(self):
        """A figure of a programme shows with it; any other stands by itself."""
        return self.filter(
            Q(programme__isnull=True, is_published=True) | Q(programme__is_published=True)
        )

    def by_kind(self):
        """What is done, then aims, then context: the names of the kinds are in this order."""
        return self.order_by("kind", "order", "slug")

    def in_groups(self):
        """Shares of a whole (``is_share``) first, then by kind."""
        shares = Q(unit="%") & ~Q(kind=Figure.Kind.AIM)
        return self.order_by(Case(When(shares, then=0), default=1), "kind", "order", "slug")

    def with_addresses(self):
        """Add what the address of each depends on, so that many take no query each."""
        return self.annotate(are_in_parts=longer_than_a_page(Figure.objects.public()))


class Figure(Publishable, Child):
    """A number that the source gives, with what it counts and how old it is."""

    class Kind(models.TextChoices):
        ACHIEVEMENT = "achievement", "Achievement"
        AIM = "aim", "Aim"
        CONTEXT = "context", "Context"

    slug = AddressField()
    programme = models.ForeignKey(
        Programme,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="figures",
        help_text="Empty for a figure of the partnership or its region.",
    )
    as_written = models.CharField(
        max_length=100, help_text="Exactly as the source has it, such as more than 11 million."
    )
    qualifier = models.CharField(max_length=30, blank=True, help_text="Such as more than, around.")
    amount = models.DecimalField(
        max_digits=20, decimal_places=2, help_text="In full: 11000000 for 11 million."
    )
    unit = models.CharField(max_length=30, blank=True, help_text="Such as £ or %.")
    counts = models.CharField(
        "what it counts", max_length=200, help_text="Read after the number: people who work here."
    )
    kind = models.CharField(
        max_length=20,
        choices=Kind,
        help_text="What has been done, what somebody aims at, or what is so around it.",
    )
    aim_of = models.CharField(max_length=100, blank=True, help_text="For an aim: whose it is.")
    as_of = models.CharField(
        "as of", max_length=50, blank=True, help_text="As the source dates it. Empty: undated."
    )
    as_of_until = models.DateField(
        null=True, blank=True, help_text="The last day of that time, to compare ages."
    )
    measure = models.SlugField(
        max_length=80,
        blank=True,
        help_text="The same word on figures that give one measure different values.",
    )
    is_featured = models.BooleanField(
        "on the home page",
        default=False,
        help_text="Shows it there as well. Four or so are enough.",
    )
    order = OrderField()

    never_shown = (*Publishable.never_shown, "measure")

    objects = FigureQuerySet.as_manager()

    class Meta:
        ordering = ["order", "slug"]

    def __str__(self):
        return f"{self.as_written} {self.counts}"

    def get_absolute_url(self):
        """Where it stands in the list of all, of which there may be more than one part."""
        if self.are_in_parts:
            return f"{reverse('pages:figure', args=[self.slug])}#{self.slug}"
        return f"{reverse('pages:figures')}#{self.slug}"

    def natural_key(self):
        return (self.slug,)

    @property
    def is_live(self):
        return self.programme.is_live if self.programme else super().is_live

    @cached_property
    def are_in_parts(self):
        """Whether there are more figures than one page lists (see ``with_addresses``)."""
        return is_long(Figure.objects.public())

    @property
    def numeral(self):
        return Numeral.read(self.as_written)

    @property
    def is_share(self):
        """Whether it can be drawn against its whole. An aim never is."""
        return self.unit == "%" and self.kind != self.Kind.AIM

    def words(self):
        return [self.as_written]


class TestimonialQuerySet(PublishableQuerySet):
    def public(self):
        return (
            super()
            .public()
            .filter(person__is_published=True)
            .filter(Q(programme__isnull=True) | Q(programme__is_published=True))
            .select_related("person")
        )


class Testimonial(Publishable):
    """What somebody said, in their words."""

    slug = AddressField()
    quotation = models.TextField(help_text="Without quotation marks: the page adds them.")
    person = models.ForeignKey(
        Person,
        on_delete=models.CASCADE,
        related_name="testimonials",
        help_text="Who said it. It stands on their page, and only while that is public.",
    )
    role_as_quoted = models.CharField(max_length=200, help_text="As it was when they said it.")
    programme = models.ForeignKey(
        Programme,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="testimonials",
        help_text="The page it stands on, beside the person’s own.",
    )
    order = OrderField()

    objects = TestimonialQuerySet.as_manager()

    class Meta:
        ordering = ["order", "slug"]

    def __str__(self):
        return f"{self.person.name}: “{self.quotation[:40]}…”"

    def get_absolute_url(self):
        return f"{self.person.get_absolute_url()}#part:quoted"

    @property
    def headline(self):
        return f"“{Truncator(self.quotation).words(12)}”"

    def natural_key(self):
        return (self.slug,)

    def words(self):
        return [self.quotation, self.role_as_quoted]
