from functools import partial, update_wrapper

from django.contrib import admin
from django.db import DatabaseError
from django.shortcuts import render
from django.urls import path

from enquiries.models import Enquiry
from partners.models import Partnership

from . import editing, signing_in, timer
from .gaps import gaps_for
from .leaving import leaving

# What waits for an answer, then the rest as the public site is arranged. Apps that are not named
# here follow in their own order.
ORDER = [
    "enquiries",
    "partners",
    "programmes",
    "people",
    "faq",
    "pages",
    "topics",
    "finder",
    "publishing",
    "outbox",
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

    def admin_view(self, view, cacheable=False):
        """Let what is posted by somebody who was signed out meanwhile wait until they sign in."""
        admin_view = super().admin_view(view, cacheable)

        def inner(request, *args, **kwargs):
            if self.has_permission(request) or not signing_in.may_come_back(request):
                return admin_view(request, *args, **kwargs)
            carry_out = partial(admin_view, request, *args, **kwargs)
            return signing_in.sign_in_again(request, self, carry_out)

        return update_wrapper(inner, view)

    def get_urls(self):
        return [
            path("gaps/", self.admin_view(self.gaps), name="gaps"),
            path("drafts/", self.admin_view(self.editing), name="editing"),
            path("drafts/<int:pk>/call-off/", self.admin_view(self.call_off), name="call_off"),
            path("timer/", self.admin_view(self.timer), name="timer"),
            path(
                "people/person/<int:pk>/leaving/",
                self.admin_view(self.leaving),
                name="person_leaving",
            ),
            *super().get_urls(),
        ]

    def index(self, request, extra_context=None):
        """The front of the desk, which says at once what should not wait."""
        what_waits = {
            "timer_warnings": timer.warnings(timer.job_states(), request, self),
            "timer_notes": timer.notes(),
            "enquiries": self.waiting_enquiries(request),
            "editing": editing.numbers(request, self),
        }
        return super().index(request, (extra_context or {}) | what_waits)

    def editing(self, request):
        """The drafts that wait, and what is scheduled, for staff who may change any of it."""
        return editing.editing(self, request)

    def call_off(self, request, pk):
        """Call off something that is scheduled."""
        return editing.call_off(self, request, pk)

    def timer(self, request):
        """How the timer fares and what became of the e-mail, for everybody at the desk."""
        jobs = timer.job_states()
        context = self.each_context(request) | {
            "title": "Timer and e-mail",
            "jobs": jobs,
            "warnings": timer.warnings(jobs, request, self),
            "notes": timer.notes(),
            "messages_by_state": timer.messages_by_state(request, self),
        }
        return render(request, "admin/timer.html", context)

    def waiting_enquiries(self, request):
        """Return {how they stand: how many enquiries} that the user may see; None for no access."""
        if not self.get_model_admin(Enquiry).has_view_permission(request):
            return None
        seen = Enquiry.objects.seen_by(request.user)
        return {
            "waiting": seen.waiting().count(),
            "overdue": seen.overdue().count(),
            "mine": seen.waiting().filter(assigned_to=request.user).count(),
        }

    def gaps(self, request):
        """What the public site lacks, for staff who may see it."""
        kinds = gaps_for(request, self)
        context = self.each_context(request) | {
            "title": "Gaps",
            "kinds": kinds,
            "number": sum(len(entries) for _, entries in kinds),
        }
        return render(request, "admin/gaps.html", context)

    def leaving(self, request, pk):
        """Somebody leaves, and hands over their roles."""
        return leaving(self, request, pk)

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: PLACES.get(app["app_label"], len(PLACES)))


def the_partnership():
    """Return the partnership, None before there is one: signing in must not depend on content."""
    try:
        return Partnership.objects.first()
    except DatabaseError:
        return None
