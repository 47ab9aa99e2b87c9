from django.contrib import admin

from publishing.admin import PUBLICATION, WHERE_FROM, ContentAdmin

from .models import Person, Role


@admin.register(Person)
class PersonAdmin(ContentAdmin):
    change_form_template = "admin/people/person/change_form.html"
    delete_confirmation_template = "admin/people/person/delete_confirmation.html"
    fieldsets = [
        (None, {"fields": ["title", "given_name", "family_name", "honours", "slug"]}),
        ("How to reach them", {"fields": ["email", "telephone", "orcid"]}),
        (None, {"fields": ["biography"]}),
        WHERE_FROM,
        PUBLICATION,
    ]
    list_display = ["__str__", "email", "is_public", "owner"]
    search_fields = ["given_name", "family_name", "email"]
    prepopulated_fields = {"slug": ["given_name", "family_name"]}


@admin.register(Role)
class RoleAdmin(ContentAdmin):
    fieldsets = [
        (None, {"fields": ["title", "slug", "holder", "deputy", "away_until"]}),
        ("Where it belongs", {"fields": ["partner", "is_in_team", "order", "mailbox"]}),
        ("Remit", {"fields": ["remit_topics", "remit_programmes"]}),
        WHERE_FROM,
        PUBLICATION,
    ]
    list_display = ["title", "holder", "away_until", "is_public", "owner"]
    list_filter = ["is_published", "is_in_team"]
    list_select_related = ["holder", "owner"]
    search_fields = ["title", "holder__given_name", "holder__family_name"]
    prepopulated_fields = {"slug": ["title"]}
    view_on_site = False  # a role shows on other pages and has none of its own
