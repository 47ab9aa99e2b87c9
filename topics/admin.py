from django.contrib import admin
from taggit.admin import Tag  # this import registers taggit's own tags

from publishing.admin import PUBLICATION, WHERE_FROM, ContentAdmin

from .models import Topic

# Nothing here uses them: Topic takes their place.
admin.site.unregister(Tag)


@admin.register(Topic)
class TopicAdmin(ContentAdmin):
    fieldsets = [
        (None, {"fields": ["name", "slug", "synonyms"]}),
        WHERE_FROM,
        PUBLICATION,
    ]
    list_display = ["name", "is_public", "owner"]
    search_fields = ["name", "synonyms"]
    prepopulated_fields = {"slug": ["name"]}
