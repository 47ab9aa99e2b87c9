from django.contrib import admin
from django.db import DatabaseError
from django.shortcuts import render
from django.urls import path

from partners.models import Partnership

from .gaps import gaps_for

# As the public site is arranged. Apps that are not named here follow in their own order.
ORDER = [
    "partners",
    "programmes",
    "people",
    "faq",
    "pages",
    "topics",
    "finder",
    "publishing",
    "auth",
]
PLACES = {app_label: place for place, app_label in enumerate(ORDER)}


class DeskSite(admin.AdminSite):
    """The admin under the partnership's own name, in the order of the site."""

    index_title = "Everything on the site"

    def each_context(self, request):
        names = {"site_header": "Website desk", "site_title": "Website desk"}
        if partnership := the_partnership():
            names = {
                "site_header": f"{partnership.name}: website desk",
                "site_title": f"{partnership.short_name} website desk",
            }
        return super().each_context(request) | names

    def get_urls(self):
        return [
            path("gaps/", self.admin_view(self.gaps), name="gaps"),
            *super().get_urls(),
        ]

    def gaps(self, request):
        """What the public site lacks, for staff who may see it."""
        kinds = gaps_for(request, self)
        context = self.each_context(request) | {
            "title": "Gaps",
            "kinds": kinds,
            "number": sum(len(entries) for _, entries in kinds),
        }
        return render(request, "admin/gaps.html", context)

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: PLACES.get(app["app_label"], len(PLACES)))


def the_partnership():
    """Return the partnership, None before there is one: signing in must not depend on content."""
    try:
        return Partnership.objects.first()
    except DatabaseError:
        return None
