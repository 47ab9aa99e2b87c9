from django.contrib import admin
from django.shortcuts import redirect

from publishing.admin import EDITORS, PUBLICATION, WHERE_FROM, ContentAdmin, EditedAdmin

from .models import Partner, Partnership


@admin.register(Partnership)
class PartnershipAdmin(ContentAdmin):
    """One row, which always exists once there is any content."""

    fieldsets = [
        (None, {"fields": ["name", "short_name", "strapline", "description"]}),
        ("History and home", {"fields": ["founded", "predecessor", "host"]}),
        ("How to reach the team", {"fields": ["handle", "mailbox", "general_route", "advisers"]}),
        (
            "In law",
            {
                "fields": [
                    "licence",
                    "licence_address",
                    "controller",
                    "privacy_contact",
                    "accessibility_contact",
                ]
            },
        ),
        WHERE_FROM,
        PUBLICATION,
    ]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Partnership.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        if partnership := Partnership.objects.first():
            return redirect("admin:partners_partnership_change", partnership.pk)
        return super().changelist_view(request, extra_context)


@admin.register(Partner)
class PartnerAdmin(EditedAdmin):
    fieldsets = [
        (None, {"fields": ["short_name", "official_name", "also_known_as", "slug", "text"]}),
        ("Facts", {"fields": ["city", "website", "ror", "latitude", "longitude"]}),
        ("Contact", {"fields": ["contact"]}),
        EDITORS,
        WHERE_FROM,
        PUBLICATION,
    ]
    list_display = ["official_name", "contact", "is_public", "owner"]
    list_select_related = ["contact", "owner"]
    search_fields = ["short_name", "official_name", "also_known_as", "city"]
    prepopulated_fields = {"slug": ["short_name"]}
