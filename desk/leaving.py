"""Somebody leaves: one form that says who takes over what, and what will come of it, beforehand."""

from collections import Counter
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import dateformat, timezone

from enquiries.leaving import carry_out
from enquiries.routes import Route, routes_for
from faq.models import Question
from partners.models import Partner
from people.models import Departure, HandOver, Person, Role
from programmes.models import Programme
from topics.models import Topic

from .gaps import Entry, PublicContent, address_of, mentions_of


class SuccessorField(forms.ModelChoiceField):
    """Somebody who takes over a role, or nobody yet."""

    def label_from_instance(self, person):
        return str(person) if person.is_published else f"{person} (not public yet)"


class LeavingForm(forms.Form):
    """From when somebody leaves, and who takes over each role that they hold."""

    leaves_on = forms.DateField(
        label="From",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="From this day their name is on no page. Today or earlier: at once.",
    )

    def __init__(self, person, departure, **kwargs):
        super().__init__(label_suffix="", **kwargs)
        self.person = person
        self.roles = list(person.roles.all())
        self.fields["leaves_on"].initial = departure.leaves_on if departure else timezone.localdate
        chosen = {one.role_id: one for one in departure.hand_overs.all()} if departure else {}
        others = Person.objects.exclude(pk=person.pk).exclude(pk__in=Person.objects.gone())
        for role in self.roles:
            hand_over = chosen.get(role.pk)
            self.fields[f"successor_{role.pk}"] = SuccessorField(
                others,
                required=False,
                initial=hand_over and hand_over.successor_id,
                label=f"{role}: who takes over",
                empty_label="Nobody yet",
            )
            self.fields[f"mailbox_{role.pk}"] = forms.EmailField(
                required=False,
                initial=hand_over.mailbox if hand_over else role.mailbox,
                label=f"{role}: mailbox from then on",
                help_text="Is this still right? Messages for the role arrive there. Never shown.",
            )

    def clean(self):
        """Refuse what was sent from a page that did not show every role."""
        unseen = [role for role in self.roles if f"mailbox_{role.pk}" not in self.data]
        if unseen:
            raise ValidationError(
                "Since you opened this page they were given more: %(roles)s. Say who takes it over.",
                params={"roles": ", ".join(map(str, unseen))},
            )

    def hand_overs(self):
        """Return the HandOver of each role, as it was chosen."""
        return [
            HandOver(
                role=role,
                successor=self.cleaned_data[f"successor_{role.pk}"],
                mailbox=self.cleaned_data[f"mailbox_{role.pk}"],
            )
            for role in self.roles
        ]

    def save(self, user):
        """Enter the departure, in place of one that is ahead, and return it."""
        departure, _ = Departure.objects.update_or_create(
            person=self.person,
            carried_out_at=None,
            defaults={"leaves_on": self.cleaned_data["leaves_on"], "entered_by": user},
        )
        departure.hand_overs.all().delete()
        for hand_over in self.hand_overs():
            hand_over.departure = departure
            hand_over.save()
        return departure


@dataclass(frozen=True)
class Outlook:
    """What a departure will bring, as things stand."""

    hand_overs: list
    deputised: list  # roles that lose them as deputy
    testimonials: list
    routes: list[tuple[object, Route]]  # of what leads to them now, to whom it will
    enquiries: list[tuple[str, int]]  # to whom those that wait move, and how many
    mentions: list[Entry]  # where their name stays in the words of a page

    @property
    def without_anybody(self):
        """What then leads to the team, since nobody is named for it."""
        return [thing for thing, route in self.routes if not route.person]

    @property
    def with_somebody(self):
        return [(thing, route) for thing, route in self.routes if route.person]


def outlook(form, request, site):
    """Return what would come of ``form``: it is carried out, looked at, and undone."""
    person = form.person
    testimonials = list(person.testimonials.public().select_related("programme"))
    with transaction.atomic():
        led = [thing for thing, route in routes_for(askable()) if route.person == person]
        moved = carry_out(form.save(request.user))
        routes = routes_for(led)
        mentions = [
            Entry(gap, address_of(gap, request, site))
            for gap in mentions_of(person, PublicContent())
        ]
        transaction.set_rollback(True)
    return Outlook(
        hand_overs=form.hand_overs(),
        deputised=list(person.deputised_roles.all()),
        testimonials=testimonials,
        routes=routes,
        enquiries=list(Counter(called(route) for _, route in moved).items()),
        mentions=mentions,
    )


def askable():
    """Return all public things that have a route of their own, but for people."""
    return [
        *Programme.objects.public(),
        *Partner.objects.public(),
        *Topic.objects.public(),
        *Question.objects.public().select_related("programme"),
    ]


def called(route):
    return f"{route.person}, {route.role}" if route.role else "the team"


def may_hand_over(user):
    return user.has_perms(["people.change_person", "people.change_role"])


def leaving(site, request, pk):
    """Ask who takes over from somebody, show what will come of it, and do it when confirmed."""
    if not may_hand_over(request.user):
        raise PermissionDenied
    person = get_object_or_404(Person, pk=pk)
    departure = person.departures.ahead().first()
    if "call_off" in request.POST:
        return call_off(request, person, departure)
    form = LeavingForm(person, departure, data=request.POST or None)
    is_complete = form.is_valid() and "change" not in request.POST
    if is_complete and "confirm" in request.POST:
        return confirm(request, form)
    context = site.each_context(request) | {
        "title": f"{person} leaves",
        "opts": Person._meta,
        "person": person,
        "departure": departure,
        "form": form,
        "rows": [
            (role, form[f"successor_{role.pk}"], form[f"mailbox_{role.pk}"]) for role in form.roles
        ],
        "deputised": Role.objects.filter(deputy=person),
        "outlook": outlook(form, request, site) if is_complete else None,
        "is_at_once": is_complete and form.cleaned_data["leaves_on"] <= timezone.localdate(),
    }
    return render(request, "admin/people/person/leaving.html", context)


@transaction.atomic
def confirm(request, form):
    person = form.person
    if not form.roles and Person.objects.gone().contains(person):
        messages.warning(request, f"{person} has left already: nothing was done.")
        return redirect("admin:people_person_change", person.pk)
    departure = form.save(request.user)
    day = dateformat.format(departure.leaves_on, "j F Y")
    if departure.leaves_on <= timezone.localdate():
        moved = carry_out(departure)
        enquiries = "enquiry" if len(moved) == 1 else "enquiries"
        done = f"{person} has left. {len(moved)} waiting {enquiries} moved."
    else:
        done = f"{person} leaves on {day}. Until then you can change that, or call it off."
    note(request, person, f"Leaves on {day}.")
    messages.success(request, done)
    return redirect("admin:people_person_change", person.pk)


@transaction.atomic
def call_off(request, person, departure):
    if departure is None:
        messages.warning(request, "Nothing is called off: no departure is ahead.")
    else:
        departure.delete()
        note(request, person, "Does not leave: called off.")
        messages.success(request, f"{person} stays: what was entered is called off.")
    return redirect("admin:people_person_change", person.pk)


def note(request, person, words):
    LogEntry.objects.log_actions(request.user.pk, [person], CHANGE, words)
