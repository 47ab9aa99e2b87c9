"""What the admin of every kind of content has in common.

Many-to-many choices are checkboxes, and parts are stacked: of Django's own widgets these are the
ones that a screen reader and a narrow window can follow.
"""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.html import format_html_join

from .addresses import answers, as_target, known_by, path_of, validate_target
from .models import Redirect, SourceDocument

WHERE_FROM = ("Where this comes from", {"fields": ["source", "errata"]})
PUBLICATION = (
    "Publication",
    {"fields": ["is_published", "owner", "reviewed_on", "review_due", "changed_at"]},
)
EDITORS = (
    "Editors",
    {"fields": ["editors"], "description": "They see the enquiries about it at this desk."},
)
FORM_FIELDS = {
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
    models.URLField: {"assume_scheme": "https"},  # as Django 6 does; 5.2 assumes http, and warns
}


class ContentAdmin(admin.ModelAdmin):
    """The admin of a Publishable."""

    readonly_fields = ["changed_at"]
    formfield_overrides = FORM_FIELDS
    list_filter = ["is_published"]
    list_select_related = ["owner"]

    def get_queryset(self, request):
        # What public pages ask too, so that the list can't say public of what visitors don't see.
        visible = self.model.objects.public().filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(visible=Exists(visible))

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.ManyToManyField):
            # Without the “+” beside it: Django's script for that knows selects only, and stops at
            # checkboxes before it has closed the window.
            field.widget = field.widget.widget
        return field

    @admin.display(description="public", boolean=True, ordering="visible")
    def is_public(self, thing):
        return thing.visible

    def view_on_site(self, thing):
        """Return the address of ``thing`` while visitors find something there."""
        return thing.get_absolute_url() if thing.visible else None


class EditedAdmin(ContentAdmin):
    """The admin of what has editors: staff who see the enquiries about it."""

    def get_readonly_fields(self, request, obj=None):
        """Leave it to those who manage accounts who is an editor."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.has_perm("auth.change_user") else [*fields, "editors"]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "editors":
            kwargs["queryset"] = db_field.related_model.objects.filter(is_staff=True)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class ChildInline(admin.StackedInline):
    """The parts of a Publishable, on its own form."""

    extra = 0
    formfield_overrides = FORM_FIELDS
    view_on_site = False


@admin.register(SourceDocument)
class SourceDocumentAdmin(admin.ModelAdmin):
    """What is known about a source. The text itself came with the content and stays as it was."""

    fields = [
        "name",
        "title",
        "slug",
        "dated",
        "note",
        "is_reference",
        "address",
        "licence",
        "order",
        "numbered_text",
    ]
    readonly_fields = ["name", "numbered_text"]  # citations go by the name
    formfield_overrides = FORM_FIELDS
    list_display = ["title", "name", "dated", "is_reference"]
    search_fields = ["title", "name", "text"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="text")
    def numbered_text(self, document):
        """Return the text with the numbers that citations give its lines."""
        return format_html_join("", "<p>{}: {}</p>", document.passages())


class RedirectForm(forms.ModelForm):
    """Asks the site itself what visitors find at either end."""

    def clean_old_address(self):
        address = known_by(self.cleaned_data["old_address"])
        if any(answers(path) for path in (address, f"{address.rstrip('/')}/")):
            raise ValidationError(
                "A page stands at this address, and visitors see that. Only an address at which "
                "nothing stands is redirected."
            )
        return address

    def clean_leads_to(self):
        """Say what is wrong with it in itself, before what visitors would find there."""
        address = as_target(self.cleaned_data["leads_to"])
        validate_target(address)
        if self.instance.others.lead_back(address, self.cleaned_data.get("old_address")):
            raise ValidationError(Redirect.LEADS_BACK)
        address = self.instance.others.end_of(address)
        if address.startswith("/") and not answers(path_of(address)):
            raise ValidationError(
                "Visitors find nothing at %(address)s. Open the page that you mean, and copy its "
                "address.",
                params={"address": address},
            )
        return address


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin):
    form = RedirectForm
    fields = ["old_address", "leads_to", "reason", "created_at"]
    readonly_fields = ["created_at"]
    list_display = ["old_address", "leads_to", "reason", "created_at"]
    search_fields = ["old_address", "leads_to", "reason"]
