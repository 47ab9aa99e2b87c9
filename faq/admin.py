from django.contrib import admin

from publishing.admin import PUBLICATION, WHERE_FROM, ContentAdmin

from .models import Question, Section


@admin.register(Section)
class SectionAdmin(admin.ModelAdmin):
    fields = ["name", "slug", "order"]
    list_display = ["name", "order"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    view_on_site = False  # it is on no page before a question of it is

    def get_deleted_objects(self, objs, request):
        """Say that its questions keep it, and not that somebody may not delete those."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set() if protected else lacking, protected


@admin.register(Question)
class QuestionAdmin(ContentAdmin):
    fieldsets = [
        (None, {"fields": ["section", "question", "slug", "order"]}),
        ("Answer", {"fields": ["answer", "programme", "lists_team", "topics"]}),
        WHERE_FROM,
        PUBLICATION,
    ]
    list_display = ["question", "section", "is_public", "owner"]
    list_filter = ["is_published", "section"]
    list_select_related = ["section", "owner"]
    search_fields = ["question", "answer", "programme__name"]
    prepopulated_fields = {"slug": ["question"]}
