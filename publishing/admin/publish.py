"""Publishing, step by step: what will change, what is wrong with it, one button, now or later."""

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode

from .. import checks, diff, state, workflow
from ..addresses import own_path
from ..models import Plan, Revision
from ..zone import zone_name
from .conflicts import touch
from .history import context_of
from .numbers import number_or_zero
from .times import TimeAhead

Kind = Revision.Kind
SEEN = (Kind.PUBLISHED, Kind.AS_FOUND)  # what an undoing goes back to

# The buttons of these pages that are not the first, by the name that they post.
REVIEW, CALL_OFF = "_review", "_call_off"

NO_PERMISSION = "Your account may not publish."
FOUR_EYES = "You wrote this draft, and here somebody else publishes it than who wrote it."
HAS_ERRORS = "What is listed as an error keeps it from being published. Put it right first."


class StepForm(forms.Form):
    """A step, taken on a page that names the newest revision it showed."""

    revision = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)

    def clean_revision(self):
        return number_or_zero(self.cleaned_data["revision"])


class PublishForm(StepForm, TimeAhead):
    """Notes that go with what is published, and when that is."""

    note = forms.CharField(
        label="Note for colleagues",
        required=False,
        max_length=400,  # of 500: a sentence about what was planned, or dropped, is added to it
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why, or what to look at. It stands in the history of this entry.",
    )
    public_note = forms.CharField(
        label="Note for the public",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        updates = reverse("pages:updates")
        told = f"What is new, in a sentence. Shown to everyone at {updates}."
        self.fields["public_note"].help_text = told


# What would be published


@dataclass
class Proposal:
    """What publishing would do to the site, as it was found in a sandbox."""

    changes: list[tuple[str, list[diff.Change]]]  # by the headings of the form
    errors: list[checks.Finding]
    warnings: list[checks.Finding]
    overruled: list[str]  # the places where the draft undoes what was changed meanwhile
    moves_to: str  # the new address of a page that is renamed; else ""


def proposal(admin, request, thing, draft, now):
    """Return the Proposal to publish ``draft``, a pending Revision, or ``thing`` if it has none.

    ``now`` is the State of its rows. None is returned for what is live and has no draft.
    """
    if thing.is_live and draft is None:
        return None
    live = now if thing.is_live else {}
    with workflow.laid(thing, draft) as problems:
        row = state.fresh(thing)
        if not row.is_published:
            row.is_published = True
            row.save()
        after = state.read(row)
        findings = checks.of(row, live or once_public(thing), after, problems)
        changes = grouped(admin, request, thing, diff.changes(type(thing), live, after))
        address = workflow.address_of(row)
    moves = bool(live and own_path(address)) and address != workflow.address_of(thing)
    return Proposal(
        changes=changes,
        errors=[finding for finding in findings if finding.severity == checks.ERROR],
        warnings=[finding for finding in findings if finding.severity == checks.WARNING],
        overruled=overruled(thing, draft, live, after) if live and draft.base else [],
        moves_to=address if moves else "",
    )


def once_public(thing):
    """Return the State of ``thing`` that visitors last saw, or that it came to the desk with.

    {} is returned for what was written here and was never public.
    """
    revisions = Revision.objects.of(thing)
    seen = revisions.filter(kind__in=[Kind.PUBLISHED, Kind.TAKEN_DOWN]).first()
    if seen:
        return seen.data
    oldest = revisions.last()
    return oldest.data if oldest and oldest.kind == Kind.AS_FOUND else {}


def overruled(thing, draft, live, wanted):
    """Return the names of the places that were changed past the draft, and differently by it."""
    meanwhile = [found.place for found in state.differences(draft.base.data, live)]
    both = [
        found
        for found in state.differences(live, wanted)
        if any(touch(found.place, place) for place in meanwhile)
    ]
    return state.Names(type(thing)).places(both)


def grouped(admin, request, thing, changes):
    """Return [(heading, changes)] in the order of the form, whose headings they are."""
    left = list(changes)
    groups = []
    for heading, keys in headings(admin, request, thing):
        found = sorted(
            (change for change in left if change.key in keys),
            key=lambda change: keys.index(change.key),
        )
        left = [change for change in left if change.key not in keys]
        groups.append((heading, found))
    groups.append(("Not on the form", left))
    return [(heading, found) for heading, found in groups if found]


def headings(admin, request, thing):
    """Return [(heading, keys of a State)] of the parts of the form."""
    found = []
    for heading, options in admin.get_fieldsets(request, thing):
        keys = []
        for line in options["fields"]:
            keys += [line] if isinstance(line, str) else line
        found.append((heading or "", keys))
    for relation in state.parts_of(admin.model):
        plural = relation.related_model._meta.verbose_name_plural
        found.append((state.capital(str(plural)), [relation.name]))
    return found


# The page


def publish_page(admin, request, thing):
    """Show what publishing would do, or do it: now, later, or by sending it for review."""
    found = workflow.note_as_found(thing)
    newest = workflow.latest(thing)  # before all that the page tells, so that none of it is older
    draft = workflow.pending(thing)
    proposed = proposal(admin, request, thing, draft, found.data)
    plan = Plan.objects.of(thing).to_publish().select_related("user").first()
    notes = {"note": plan.note, "public_note": plan.public_note} if plan else {}
    form = PublishForm(request.POST or None, initial=notes)
    refusal = None
    if request.method == "POST":
        try:
            if CALL_OFF in request.POST:
                return call_off(admin, request, thing, Plan.Action.PUBLISH)
            if form.is_valid():
                return take(admin, request, thing, form, proposed)
        except workflow.Refused as refused:
            refusal = refused
    may_publish = workflow.may_publish(request.user, thing, draft)
    title = f"Publish “{thing}”" if may_publish else f"Send “{thing}” for review"
    context = context_of(admin, request, thing, title) | {
        "token": newest_named(form, newest),
        "form": form,
        "refusal": refusal,
        "draft": draft,
        "proposal": proposed,
        "may_publish": may_publish,
        "why_not": why_not(request.user),
        "plan": plan,
        "may_call_off": request.user.has_perm(workflow.PERMISSION),
    }
    return render(request, "admin/publishing/publish.html", context)


def newest_named(form, newest):
    """Return the revision that the page names: the newest that it shows.

    Where something typed is wrong, nobody was told what others did meanwhile: then it is still the
    one that the page before named.
    """
    return form.cleaned_data.get("revision", 0) if form.errors else newest


def take(admin, request, thing, form, proposed):
    """Take the step that was asked for, and return where it leads.

    Raises Refused, and PermissionDenied for a button that the page did not have.
    """
    given = form.cleaned_data
    if REVIEW in request.POST:
        workflow.submit(thing, request.user, expected=given["revision"], note_of_it=given["note"])
        told = "Sent for review: somebody who may publish sees it on the front of the desk."
        return done(admin, request, thing, "Sent for review.", told)
    refuse_unless_allowed(request.user, thing, given["revision"], proposed)
    notes = {"public_note": given["public_note"], "expected": given["revision"]}
    if at := form.at():
        workflow.plan(thing, request.user, Plan.Action.PUBLISH, at, note=given["note"], **notes)
        when = told_time(at)
        told = f"It will be published on {when}. Saving or discarding the draft calls that off."
        return done(admin, request, thing, f"To be published on {when}.", told)
    published = workflow.publish(thing, request.user, note_of_it=given["note"], **notes)
    return done(admin, request, thing, "Published.", told_of(admin, thing, published))


def refuse_unless_allowed(user, thing, revision, proposed):
    """Refuse who may not, what was changed meanwhile, and what has errors, in this order."""
    if not user.has_perm(workflow.PERMISSION):
        raise PermissionDenied
    if workflow.latest(thing) != revision:
        raise workflow.Outdated
    if not workflow.may_publish(user, thing):
        raise workflow.Refused(FOUR_EYES)
    if proposed and proposed.errors:
        raise workflow.Refused(HAS_ERRORS)


def why_not(user):
    """Return why ``user``, if they may not publish, may not."""
    kept_by_turn = settings.FOUR_EYES and user.has_perm(workflow.PERMISSION)
    return FOUR_EYES if kept_by_turn else NO_PERMISSION


def call_off(admin, request, thing, action):
    """Call off what is planned, log it, and return to the form. Raises Refused."""
    if not request.user.has_perm(workflow.PERMISSION):
        raise PermissionDenied
    plan = workflow.call_off(thing, action)
    told = f"Called off: {plan.get_action_display().lower()} on {told_time(plan.at)}."
    return done(admin, request, thing, told, told)


def told_time(at):
    return f"{timezone.localtime(at):%A %-d %B %Y, %H:%M} ({zone_name()} time)"


def done(admin, request, thing, logged, told):
    """Log a step that was taken, tell of it, and return to the form."""
    row = state.fresh(thing)
    admin.log_step(request, row, logged)
    admin.message_user(request, told, messages.SUCCESS)
    return HttpResponseRedirect(admin.address(row))


def told_of(admin, thing, published):
    """Return what is said after publishing: where to see it, and where to undo it."""
    told, links = "Published.", []
    row = admin.model.objects.public().filter(pk=thing.pk).first()
    if row is None:
        told = "Published. Visitors see it once what it belongs to is public."
    elif address := workflow.address_of(row):
        links.append((address, "See the public page"))
    before = Revision.objects.of(thing).filter(pk__lt=published.pk, kind__in=SEEN).first()
    if before:
        query = urlencode({"a": before.pk, "b": published.pk})
        links.append((f"{admin.address(thing, 'compare')}?{query}", "Undo"))
    return format_html("{}{}", told, format_html_join("", ' <a href="{}">{}</a>', links))


# Discarding


def discard_page(admin, request, thing):
    """Show what would be lost with the draft, or discard it."""
    kept = admin.kept_from(request, thing)
    form = StepForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            workflow.discard(
                thing,
                request.user,
                expected=form.cleaned_data["revision"],
                except_for=kept,
            )
        except workflow.Refused as refused:
            refusal = refused
        else:
            told = "The draft was discarded. What it held stays in the history."
            return done(admin, request, thing, "Discarded the draft.", told)
    workflow.note_as_found(thing)
    newest = workflow.latest(thing)
    draft = workflow.pending(thing)
    back_to = returned_to(thing, kept)
    lost = diff.changes(type(thing), back_to, workflow.drafted(thing, draft)) if back_to else []
    context = context_of(admin, request, thing, f"Discard the draft of “{thing}”") | {
        "token": newest,
        "refusal": refusal,
        "draft": draft,
        "never_public": back_to is None,
        "changes": grouped(admin, request, thing, lost),
        "plan": Plan.objects.of(thing).to_publish().select_related("user").first(),
        "may_delete": admin.has_delete_permission(request, thing),
    }
    return render(request, "admin/publishing/discard.html", context)


def returned_to(thing, kept):
    """Return the State that is left without the draft, or None where none was ever public.

    What is not live keeps what it holds of the fields ``kept``.
    """
    now = state.read(thing)
    if thing.is_live:
        return now
    published = workflow.last_published(thing)
    return now | workflow.without(published.data, kept) if published else None
