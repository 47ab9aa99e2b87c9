from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from publishing.addresses import address_of
from publishing.fields import AddressField, LinesField, RichTextField
from publishing.models import Publishable
from publishing.rich_text import blocks


class Partnership(Publishable):
    """The partnership whose site this is: one row, from which every page takes its naming."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(
        max_length=200, help_text="The full name. It stands at the top of every page."
    )
    short_name = models.CharField(max_length=50, help_text="As people say it.")
    strapline = models.CharField(
        max_length=300, help_text="One sentence from the source. It opens the home page."
    )
    description = models.TextField(
        help_text="One sentence from the source. It stands in the footer of every page and in "
        "what search engines show."
    )
    founded = models.PositiveSmallIntegerField(
        "founded in", null=True, blank=True, help_text="The year."
    )
    predecessor = models.CharField(
        max_length=100, blank=True, help_text="What the partnership grew out of."
    )
    host = models.ForeignKey(
        "Partner",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="hosted",
        verbose_name="host partner",
        help_text="The partner that hosts the team.",
    )
    handle = models.CharField(
        max_length=50, blank=True, help_text="On social media, as the source writes it."
    )
    mailbox = models.EmailField(
        "the team’s mailbox", blank=True, help_text="Where messages arrive. Never shown."
    )
    general_route = models.ForeignKey(
        "faq.Question",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The answer for anyone who does not know whom to ask. It stands beside every "
        "contact.",
    )

    advisers = models.CharField(
        max_length=100,
        blank=True,
        help_text="Whom that answer sends people to at their own university, in its words.",
    )
    licence = models.CharField(
        max_length=100,
        blank=True,
        help_text="On what terms others may use the words and figures of this site, such as "
        "CC BY 4.0. Empty: the site says that none is stated. Ask whoever owns them.",
    )
    licence_address = models.URLField(
        "address of the licence", blank=True, help_text="Where its terms can be read."
    )
    controller = models.CharField(
        max_length=200,
        blank=True,
        help_text="Who is responsible in law for personal data here: an organisation, by its "
        "legal name. Empty: the privacy page says that nobody has stated it.",
    )
    privacy_contact = models.CharField(
        max_length=200,
        blank=True,
        help_text="How anybody reaches them about personal data: an e-mail address, or words. "
        "Shown to everyone.",
    )
    accessibility_contact = models.CharField(
        max_length=200,
        blank=True,
        help_text="How anybody reports a page that they cannot use: an e-mail address, or words. "
        "Shown to everyone.",
    )

    never_shown = (*Publishable.never_shown, "mailbox")
    can_be_taken_down = False  # there is no site without it

    class Meta:
        verbose_name_plural = "partnership"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_partnership")
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return address_of("pages:home")

    @property
    def is_live(self):
        return True

    @property
    def advice(self):
        """The answer for anyone who does not know whom to ask, if it is public."""
        question = self.general_route
        return question.answer if question and question.is_published else ""

    def words(self):
        return list(filter(None, (self.strapline, self.description, self.advisers)))


class Partner(Publishable):
    """A university of the partnership."""

    short_name = models.CharField(
        max_length=50, unique=True, help_text="On the map and in tables, without “University”."
    )
    official_name = models.CharField(max_length=200, help_text="The heading of its page.")
    also_known_as = LinesField(
        help_text="Other names people search for, one on a line. They lead the search here and "
        "are never shown."
    )
    slug = AddressField()
    ror = models.URLField(
        "ROR identifier", blank=True, help_text="From the Research Organization Registry."
    )
    city = models.CharField(max_length=100, blank=True, help_text="Shown beside its name.")
    latitude = models.DecimalField(
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-90)), MaxValueValidator(Decimal(90))],
        help_text="Of the city, in degrees north.",
    )
    longitude = models.DecimalField(
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-180)), MaxValueValidator(Decimal(180))],
        help_text="Of the city, in degrees east.",
    )
    website = models.URLField(
        blank=True, help_text="Its own front page, which its page here links to."
    )
    text = RichTextField(
        blank=True, help_text="What the source says of this partner alone. It may be empty."
    )
    contact = models.ForeignKey(
        "people.Role",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="contact_for_partners",
        help_text="Whom to ask at this university. Empty: the source’s general advice is shown.",
    )
    editors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="edited_partners",
        help_text="They see the enquiries about it at this desk.",
    )

    never_shown = (*Publishable.never_shown, "also_known_as", "editors")

    class Meta:
        ordering = ["short_name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(latitude__isnull=False, longitude__isnull=False),
                name="a_place_has_two_coordinates",
                violation_error_message="Give both latitude and longitude, or neither.",
            )
        ]

    def __str__(self):
        return self.official_name

    def get_absolute_url(self):
        return address_of("partners:detail", self.slug)

    def natural_key(self):
        return (self.slug,)

    def words(self):
        return [self.official_name, *blocks(self.text)]
