from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Prefetch, Q
from django.utils import timezone

from publishing.addresses import address_of
from publishing.fields import AddressField, RichTextField
from publishing.models import MovesVersion, Publishable, PublishableQuerySet
from publishing.rich_text import blocks


class PersonQuerySet(PublishableQuerySet):
    def with_roles(self):
        """Add ``public_roles``, the roles that visitors may know of."""
        return self._with(Role.objects.public().select_related("partner"))

    def with_titles_of_roles(self):
        """Add ``public_roles`` with no more of each than what it is called, and where it is."""
        roles = Role.objects.public().select_related("partner")
        shown = ("partner__official_name", "partner__is_published")
        return self._with(roles.only("title", "holder", *shown))

    def _with(self, roles):
        return self.prefetch_related(Prefetch("roles", roles, to_attr="public_roles"))

    def gone(self):
        """Those who left and have not come back: their name is to stand nowhere."""
        left = Departure.objects.filter(carried_out_at__isnull=False)
        return self.filter(is_published=False, pk__in=left.values("person"))


class Person(Publishable):
    """Somebody who works for the partnership, or whom it quotes."""

    title = models.CharField(
        max_length=30, blank=True, help_text="Before the name, such as Dr or Professor."
    )
    given_name = models.CharField(
        max_length=100, blank=True, help_text="As they write it themselves."
    )
    family_name = models.CharField(
        max_length=100, help_text="Lists of people are in the order of these."
    )
    honours = models.CharField(max_length=50, blank=True, help_text="After the name, such as MBE.")
    slug = AddressField()
    email = models.EmailField("e-mail", blank=True, help_text="Shown to everyone.")
    telephone = models.CharField(max_length=40, blank=True, help_text="Shown to everyone.")
    orcid = models.CharField(
        "ORCID",
        max_length=19,
        blank=True,
        validators=[RegexValidator(r"^(\d{4}-){3}\d{3}[\dX]$", "Write it as 0000-0002-1825-0097.")],
        help_text="Their number at orcid.org, which their page links to.",
    )
    biography = RichTextField(blank=True, help_text="Shown to everyone. A paragraph or two.")

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name"]
        verbose_name_plural = "people"
        indexes = [models.Index(fields=["family_name", "given_name", "id"], name="people_in_order")]

    def __str__(self):
        return " ".join(filter(None, (self.title, self.name, self.honours)))

    def get_absolute_url(self):
        return address_of("people:detail", self.slug)

    def natural_key(self):
        return (self.slug,)

    @property
    def name(self):
        """The name without title and honours."""
        return " ".join(filter(None, (self.given_name, self.family_name)))

    def words(self):
        return [str(self), *blocks(self.biography)]


class RoleQuerySet(PublishableQuerySet):
    def with_people(self):
        return self.select_related("holder", "deputy", "partner")

    def team(self):
        return self.filter(is_in_team=True)


class Role(Publishable):
    """A post that somebody holds, or nobody for now. Contacts hang on roles, not on people."""

    title = models.CharField(max_length=200, help_text="The post, as it is called.")
    slug = AddressField()
    holder = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="roles",
        help_text="Empty while the post is vacant.",
    )
    deputy = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deputised_roles",
        help_text="Whom visitors are sent to while the holder is away or the post is vacant.",
    )
    partner = models.ForeignKey(
        "partners.Partner",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="roles",
        help_text="The university of this post. Empty for posts of the partnership itself.",
    )
    is_in_team = models.BooleanField("in the team", default=False, help_text="Lists it as team.")
    mailbox = models.EmailField(
        blank=True, help_text="Where messages for this role arrive. Never shown."
    )
    remit_topics = models.ManyToManyField(
        "topics.Topic",
        blank=True,
        related_name="roles",
        help_text="Questions on these topics come to this role.",
    )
    remit_programmes = models.ManyToManyField(
        "programmes.Programme",
        blank=True,
        related_name="covering_roles",
        help_text="Questions on these programmes come here while they name no contact.",
    )
    away_until = models.DateField(
        null=True, blank=True, help_text="While set, visitors are sent to the deputy."
    )
    order = models.PositiveSmallIntegerField(default=0, help_text="Its place in lists of the team.")

    never_shown = (*Publishable.never_shown, "mailbox")

    objects = RoleQuerySet.as_manager()

    class Meta:
        ordering = ["order", "title"]
        indexes = [
            models.Index(fields=["partner", "order", "title", "id"], name="roles_of_a_partner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(holder__isnull=True) | Q(deputy__isnull=True) | ~Q(holder=F("deputy")),
                name="nobody_deputises_for_themselves",
                violation_error_message="The deputy must be somebody else than the holder.",
            ),
            models.CheckConstraint(
                condition=Q(away_until__isnull=True) | Q(holder__isnull=False),
                name="only_a_holder_is_away",
                violation_error_message="Nobody holds this role, so nobody can be away from it.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{address_of('people:list')}#part:team"

    def natural_key(self):
        return (self.slug,)

    @property
    def named_holder(self):
        """The holder, if the public may know who it is."""
        return self.holder if self.holder and self.holder.is_published else None

    @property
    def named_deputy(self):
        return self.deputy if self.deputy and self.deputy.is_published else None

    @property
    def public_partner(self):
        return self.partner if self.partner and self.partner.is_published else None

    @property
    def is_away(self):
        """Whether the holder is away. The timer clears the date, so nothing compares it."""
        return self.away_until is not None

    def words(self):
        return [self.title]


class DepartureQuerySet(models.QuerySet):
    def ahead(self):
        """Those that are entered and not yet carried out."""
        return self.filter(carried_out_at__isnull=True)

    def due(self):
        return self.ahead().filter(leaves_on__lte=timezone.localdate())


class Departure(MovesVersion):
    """That somebody leaves: from the day on, their name is on no page. The timer carries it out."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="departures")
    leaves_on = models.DateField("from", help_text="From this day the name is on no page.")
    carried_out_at = models.DateTimeField(null=True, blank=True, editable=False)
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    objects = DepartureQuerySet.as_manager()

    class Meta:
        ordering = ["leaves_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(carried_out_at__isnull=True),
                name="one_departure_ahead",
                violation_error_message="It is already entered that they leave: change that.",
            )
        ]

    def __str__(self):
        return f"{self.person}, {self.leaves_on}"


class HandOver(models.Model):
    """Who takes over a role from somebody who leaves; nobody yet, if it is empty."""

    departure = models.ForeignKey(Departure, on_delete=models.CASCADE, related_name="hand_overs")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    successor = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    mailbox = models.EmailField(
        blank=True, help_text="Where messages for the role arrive from then on. Never shown."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["departure", "role"], name="a_role_once_a_departure")
        ]

    def __str__(self):
        return f"{self.role}: {self.successor or 'nobody yet'}"
