from django.contrib import admin

from publishing.admin import PUBLICATION, WHERE_FROM, ChildInline, ContentAdmin

from .models import Page, Passage


class PassageInline(ChildInline):
    model = Passage
    fields = ["heading", "slug", "body", "order", "source", "errata"]
    prepopulated_fields = {"slug": ["heading"]}


@admin.register(Page)
class PageAdmin(ContentAdmin):
    fieldsets = [
        (None, {"fields": ["title", "slug", "path", "description", "programmes"]}),
        WHERE_FROM,
        PUBLICATION,
    ]
    inlines = [PassageInline]
    list_display = ["title", "path", "is_public", "owner"]
    search_fields = ["title", "path", "passages__heading", "passages__body"]
    prepopulated_fields = {"slug": ["title"]}
