from django.contrib import admin

from publishing.admin import (
    EDITORS,
    PUBLICATION,
    WHERE_FROM,
    ChildInline,
    ContentAdmin,
    EditedAdmin,
)

from .models import Figure, Link, Participation, Programme, Testimonial

WHAT_IT_SAYS = ["as_written", "qualifier", "amount", "unit", "counts", "kind", "aim_of"]
HOW_OLD_IT_IS = ["as_of", "as_of_until"]
WHERE_IT_SHOWS = ["measure", "is_featured", "order", "slug"]


class FigureInline(ChildInline):
    """A figure of a programme is public, owned and reviewed with it."""

    model = Figure
    fields = [*WHAT_IT_SAYS, *HOW_OLD_IT_IS, *WHERE_IT_SHOWS, "source", "errata"]
    prepopulated_fields = {"slug": ["as_written", "counts"]}


class ParticipationInline(ChildInline):
    model = Participation
    fields = ["partner", "lead", "source", "errata"]


class LinkInline(ChildInline):
    model = Link
    fields = ["label", "address", "handle", "order", "source", "errata"]


@admin.register(Programme)
class ProgrammeAdmin(EditedAdmin):
    fieldsets = [
        (None, {"fields": ["name", "short_name", "also_known_as", "slug"]}),
        ("Kind and state", {"fields": ["kind", "order", "state", "succeeded_by", "parent"]}),
        ("Text", {"fields": ["summary", "body", "who_takes_part"]}),
        ("Contacts and topics", {"fields": ["contacts", "topics"]}),
        EDITORS,
        WHERE_FROM,
        PUBLICATION,
    ]
    inlines = [FigureInline, ParticipationInline, LinkInline]
    list_display = ["name", "kind", "is_public", "owner"]
    list_filter = ["is_published", "kind"]
    search_fields = ["name", "short_name", "also_known_as", "summary", "body"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Figure)
class FigureAdmin(ContentAdmin):
    fieldsets = [
        (None, {"fields": WHAT_IT_SAYS}),
        ("How old it is", {"fields": HOW_OLD_IT_IS}),
        ("Where it shows", {"fields": WHERE_IT_SHOWS}),
        WHERE_FROM,
        PUBLICATION,
    ]
    list_display = ["__str__", "kind", "programme", "is_public", "owner"]
    list_filter = ["is_published", "kind"]
    list_select_related = ["programme", "owner"]
    search_fields = ["as_written", "counts", "programme__name"]
    prepopulated_fields = {"slug": ["as_written", "counts"]}

    def edited_with(self, figure):
        return figure.programme


@admin.register(Testimonial)
class TestimonialAdmin(ContentAdmin):
    fieldsets = [
        (None, {"fields": ["quotation", "person", "role_as_quoted", "programme", "slug", "order"]}),
        WHERE_FROM,
        PUBLICATION,
    ]
    list_display = ["__str__", "programme", "is_public", "owner"]
    list_select_related = ["person", "programme", "owner"]
    search_fields = ["quotation", "person__given_name", "person__family_name"]
