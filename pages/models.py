from django.core.validators import RegexValidator
from django.db import models
from django.urls import get_script_prefix

from programmes.models import Programme
from publishing.fields import AddressField, OrderField, RichTextField
from publishing.models import Child, Publishable
from publishing.rich_text import blocks


class Page(Publishable):
    """A page of prose, or the title and opening words of a list at the same address."""

    title = models.CharField(max_length=200, help_text="The heading of the page.")
    slug = AddressField()
    path = models.CharField(
        "address",
        max_length=200,
        unique=True,
        validators=[
            RegexValidator(
                r"^/([a-z0-9-]+/)*$",
                "Write it as /people-and-skills/: small letters, digits and hyphens, with a "
                "slash at both ends.",
            )
        ],
        help_text="Where it stands on the site, such as /about/.",
    )
    description = models.CharField(
        max_length=300, help_text="One sentence for search engines and shared links."
    )

    programmes = models.ManyToManyField(
        Programme,
        blank=True,
        related_name="pages",
        help_text="Shown below the text, with what people say of them.",
    )

    versioned_children = ("passages",)

    class Meta:
        ordering = ["path"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        # As reverse() makes the addresses of all others, which in a preview begin differently.
        return get_script_prefix() + self.path.removeprefix("/")

    def natural_key(self):
        return (self.slug,)

    def words(self):
        return [self.title, self.description]


class Passage(Child):
    """A part of a page, under a heading or none."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="passages")
    slug = models.SlugField(max_length=80, help_text="The end of its address on the page.")
    heading = models.CharField(
        max_length=200, blank=True, help_text="Stands above the text. Empty: it follows on."
    )
    body = RichTextField(help_text="Shown to everyone, at this place on the page.")
    order = OrderField()

    class Meta:
        ordering = ["order", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["page", "slug"], name="a_passage_slug_once_a_page")
        ]

    def __str__(self):
        return self.heading or self.slug

    @property
    def changed_at(self):
        return self.page.changed_at

    def words(self):
        return [*filter(None, [self.heading]), *blocks(self.body)]
