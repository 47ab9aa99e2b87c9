"""The admin of what is common to all content: see ``content.py`` for the form of the rest."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join

from ..addresses import answers, as_target, known_by, validate_target
from ..models import Gone, Redirect, SourceDocument, Update
from .content import (
    EDITORS,
    FORM_FIELDS,
    PUBLICATION,
    WHERE_FROM,
    ChildInline,
    ContentAdmin,
    EditedAdmin,
)
from .targets import cleaned_target

__all__ = [
    "EDITORS",
    "PUBLICATION",
    "WHERE_FROM",
    "ChildInline",
    "ContentAdmin",
    "EditedAdmin",
]


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
        return cleaned_target(address, self.instance.others)


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin):
    form = RedirectForm
    fields = ["old_address", "leads_to", "reason", "created_at"]
    readonly_fields = ["created_at"]
    list_display = ["old_address", "leads_to", "reason", "created_at"]
    search_fields = ["old_address", "leads_to", "reason"]


class GoneForm(forms.ModelForm):
    def clean_leads_to(self):
        target = self.cleaned_data["leads_to"]
        return cleaned_target(target, gone=self.instance.address) if target else ""


@admin.register(Gone)
class GoneAdmin(admin.ModelAdmin):
    """What visitors are told where a page was taken down; without it they find nothing there."""

    form = GoneForm
    fields = ["address", "reason", "leads_to", "taken_down_at"]
    readonly_fields = ["address", "taken_down_at"]
    list_display = ["address", "reason", "leads_to", "taken_down_at"]
    search_fields = ["address", "reason", "leads_to"]

    def has_add_permission(self, request):
        """Taking a page down adds it."""
        return False


@admin.register(Update)
class UpdateAdmin(admin.ModelAdmin):
    """What the page of updates says: its note can be put right, and what is no news taken out."""

    fields = ["title", "is_new", "published_at", "note"]
    readonly_fields = ["title", "is_new", "published_at"]
    list_display = ["title", "is_new", "published_at", "note"]
    search_fields = ["title", "note"]

    def has_add_permission(self, request):
        """Publishing adds it."""
        return False

    def get_form(self, request, obj=None, **kwargs):
        return super().get_form(
            request, obj, **{"help_texts": {"note": "Shown to everyone."}, **kwargs}
        )
