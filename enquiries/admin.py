"""The inbox: what visitors wrote, who answers it, and what became of it.

Each person sees what concerns the programmes and universities they edit, or is assigned to them;
whoever has the permission to see all enquiries sees all.
"""

import re
from collections import Counter

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, Subquery
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from outbox.models import OutgoingMessage

from . import handling, letters, numbers, personal_data
from .desk_forms import SEE_ALL, AddressForm, AnswerForm, HandlingForm, newest_event
from .filters import AnswererFilter, OverdueFilter, StateFilter
from .models import AnswerTemplate, Enquiry, Event

ERASE = "enquiries.delete_enquiry"

# The events with the letters that matter to whoever wrote: to those who answer, and the answer.
PASSED_ON = Q(kind=Event.Kind.UNADDRESSED) | Q(
    kind__in=[Event.Kind.FORWARDED, Event.Kind.ANSWERED], message__isnull=False
)


@admin.register(AnswerTemplate)
class AnswerTemplateAdmin(admin.ModelAdmin):
    fields = ["title", "text"]
    list_display = ["title"]
    search_fields = ["title", "text"]


@admin.register(Enquiry)
class EnquiryAdmin(admin.ModelAdmin):
    list_display = [
        "reference",
        "about",
        "sender",
        "received",
        "how_it_stands",
        "who_answers",
        "letter",
    ]
    list_filter = [
        StateFilter,
        OverdueFilter,
        AnswererFilter,
        ("programme", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["role", "assigned_to"]
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["reference", "name", "text"]
    actions = ["take", "mark_answered", "close", "mark_as_spam", "not_spam", "reopen"]

    # Who may what

    def get_queryset(self, request):
        latest = Event.objects.filter(PASSED_ON, enquiry=OuterRef("pk")).order_by("-pk")
        return (
            super()
            .get_queryset(request)
            .seen_by(request.user)
            .annotate(
                letter_kind=Subquery(latest.values("kind")[:1]),
                letter_state=Subquery(latest.values("message__state")[:1]),
            )
        )

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        if request.user.has_perm(SEE_ALL):
            return True
        if obj:
            return Enquiry.objects.seen_by(request.user).filter(pk=obj.pk).exists()
        return sees_any(request)

    def has_change_permission(self, request, obj=None):
        return self.has_view_permission(request, obj)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        """Nothing is deleted here: a person's data is erased on a page of its own."""
        return False

    def has_erase_permission(self, request):
        return request.user.has_perms([SEE_ALL, ERASE])

    def has_numbers_permission(self, request):
        return request.user.has_perm(SEE_ALL)

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("numbers/", wrap(self.numbers_view), name="enquiries_enquiry_numbers"),
            path(
                "personal-data/",
                wrap(self.personal_data_view),
                name="enquiries_enquiry_personal_data",
            ),
            path("<int:pk>/answer/", wrap(self.answer_view), name="enquiries_enquiry_answer"),
            path(
                "<int:pk>/step/",
                wrap(require_POST(self.step_view)),
                name="enquiries_enquiry_step",
            ),
            *super().get_urls(),
        ]

    # The list

    def changelist_view(self, request, extra_context=None):
        if "@" in request.GET.get(SEARCH_VAR, ""):
            messages.warning(request, "E-mail addresses are searched under Personal data alone.")
            return redirect("admin:enquiries_enquiry_changelist")
        may = {
            "may_erase": self.has_erase_permission(request),
            "may_see_numbers": self.has_numbers_permission(request),
        }
        return super().changelist_view(
            request, (extra_context or {}) | {"title": "Enquiries"} | may
        )

    def lookup_allowed(self, lookup, value, request):
        """Allow no lookup that would put an e-mail address into the address of a page."""
        return "email" not in lookup and super().lookup_allowed(lookup, value, request)

    def get_search_results(self, request, queryset, search_term):
        """Search for a reference as it is heard on the telephone, too."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if reference := as_reference(search_term):
            found |= queryset.filter(reference=reference)
        return found, may_repeat

    @admin.display(description="routed to", ordering="role__title")
    def routed_to(self, enquiry):
        return enquiry.role or "the team"

    @admin.display(description="state", ordering="state")
    def how_it_stands(self, enquiry):
        return in_words(enquiry)

    @admin.display(description="from", ordering="name")
    def sender(self, enquiry):
        return ", ".join(filter(None, [enquiry.name, enquiry.university]))

    @admin.display(ordering="received_at")
    def received(self, enquiry):
        """Say when it came in words that may break: Django's own keep their line and push others out."""
        return date_format(timezone.localtime(enquiry.received_at), "j M Y, H:i")

    @admin.display(description="who answers", ordering="assigned_to__username")
    def who_answers(self, enquiry):
        """Say who took it on, or else whom it was passed on to."""
        if enquiry.assigned_to:
            return handling.name_of(enquiry.assigned_to)
        return f"nobody yet, for {self.routed_to(enquiry)}"

    @admin.display(description="last letter")
    def letter(self, enquiry):
        """Say how the latest letter fared: the one passed on to those who answer, or the answer."""
        if enquiry.letter_kind == Event.Kind.UNADDRESSED:
            return "no mailbox known"
        if not enquiry.letter_state:
            return "none"
        what = "answer" if enquiry.letter_kind == Event.Kind.ANSWERED else "passed on"
        return f"{what}: {OutgoingMessage.State(enquiry.letter_state).label}"

    # Many at once

    @admin.action(description="Assign to me")
    def take(self, request, enquiries):
        self.take_each(request, enquiries, "take")

    @admin.action(description="Mark as answered elsewhere")
    def mark_answered(self, request, enquiries):
        self.take_each(request, enquiries, "answered")

    @admin.action(description="Close")
    def close(self, request, enquiries):
        self.take_each(request, enquiries, "close")

    @admin.action(description="Mark as spam")
    def mark_as_spam(self, request, enquiries):
        self.take_each(request, enquiries, "spam")

    @admin.action(description="Not spam")
    def not_spam(self, request, enquiries):
        self.take_each(request, enquiries, "not-spam")

    @admin.action(description="Open again")
    def reopen(self, request, enquiries):
        self.take_each(request, enquiries, "reopen")

    def take_each(self, request, enquiries, name):
        """Take the step of that ``name`` for each, and say for which it made no sense."""
        step = handling.STEPS[name]
        done, left = 0, Counter()
        for enquiry in enquiries.order_by("pk"):
            try:
                if handling.take(step, enquiry, request.user):
                    done += 1
                else:
                    left[enquiry.get_state_display()] += 1
            except Enquiry.DoesNotExist:
                left["deleted meanwhile"] += 1
        if done:
            messages.success(request, f"{step.label}: done for {done}.")
        if left:
            states = ", ".join(f"{number} {state}" for state, number in left.items())
            messages.warning(request, f"{step.label}: not for those that are {states}.")

    # One enquiry

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show one enquiry, and save who answers it and what was noted."""
        enquiry = self.get_object(request, unquote(object_id))
        if enquiry is None:
            return self.gone(request)
        form = HandlingForm(request.POST or None, enquiry=enquiry)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                was_saved = handling.update(
                    enquiry, request.user, given["assigned_to"], given["note"], given["seen"]
                )
            except Enquiry.DoesNotExist:
                return self.gone(request)
            except handling.Outdated as outdated:
                form.look_again()
                return self.show(request, enquiry, form, outdated)
            messages.success(request, "Saved." if was_saved else "There was nothing to save.")
            return redirect(self.address_of(enquiry))
        return self.show(request, enquiry, form)

    def show(self, request, enquiry, form, outdated=None):
        events = enquiry.events.select_related("user", "message")
        steps = {
            name: step
            for name, step in handling.STEPS.items()
            if enquiry.state in step.states
            and not (name == "take" and enquiry.assigned_to == request.user)
        }
        context = self.context(request, enquiry, f"Enquiry {enquiry}") | {
            "form": form,
            "outdated": outdated,
            "events": events,
            "seen": newest_event(enquiry),
            "steps": steps,
            "how_it_stands": in_words(enquiry),
            "public_address": public_address(enquiry.subject),
            "form_address": self.form_address(request, enquiry.subject),
            "page_address": enquiry.page if is_of_this_site(enquiry.page) else "",
            "is_spam": enquiry.state == Enquiry.State.SPAM,
        }
        return render(request, "admin/enquiries/enquiry/change_form.html", context)

    def context(self, request, enquiry, title):
        return self.admin_site.each_context(request) | {
            "title": title,
            "opts": self.opts,
            "enquiry": enquiry,
        }

    def form_address(self, request, thing):
        """Return where staff edit what the enquiry is about, "" for those who may not."""
        desk = thing and self.admin_site.get_model_admin(type(thing))
        if not (desk and desk.has_view_permission(request)):
            return ""
        options = thing._meta
        return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[thing.pk])

    def address_of(self, enquiry):
        return reverse("admin:enquiries_enquiry_change", args=[enquiry.pk])

    def history_view(self, request, object_id, extra_context=None):
        """Lead to the history on the enquiry's own page: it has no other."""
        return redirect("admin:enquiries_enquiry_change", object_id)

    def gone(self, request):
        """Lead on from an enquiry that was deleted, or that somebody else has now."""
        messages.warning(request, "This enquiry is not there, or not yours to see.")
        return redirect(
            "admin:enquiries_enquiry_changelist"
            if self.has_view_permission(request)
            else "admin:index"
        )

    def step_view(self, request, pk):
        """Take one step, from a page that showed all that had happened."""
        enquiry = self.get_object(request, str(pk))
        if enquiry is None:
            return self.gone(request)
        step = handling.STEPS.get(request.POST.get("step"))
        seen = request.POST.get("seen", "")
        if not (step and seen.isascii() and seen.isdecimal() and len(seen) < 19):
            messages.error(request, "Nothing was done. Press one of the buttons of this page.")
            return redirect(self.address_of(enquiry))
        try:
            was_taken = handling.take(step, enquiry, request.user, int(seen))
        except Enquiry.DoesNotExist:
            return self.gone(request)
        except handling.Outdated as outdated:
            messages.error(
                request, f"Nothing was done, since meanwhile {in_order(outdated.events)}."
            )
        else:
            if was_taken:
                messages.success(request, f"{enquiry} {step.done}.")
            else:
                messages.warning(
                    request, f"Nothing was done: {enquiry} is {enquiry.get_state_display()}."
                )
        return redirect(self.address_of(enquiry))

    # The answer

    def answer_view(self, request, pk):
        """Write an answer: begin from a template, look at what goes out, send it."""
        enquiry = self.get_object(request, str(pk))
        if enquiry is None:
            return self.gone(request)
        if enquiry.state == Enquiry.State.SPAM:
            messages.warning(request, f"{enquiry} is spam. Say first that it is not.")
            return redirect(self.address_of(enquiry))
        form = AnswerForm(enquiry=enquiry)
        outdated = preview = None
        if request.method == "POST":
            form = AnswerForm(request.POST, enquiry=enquiry)
            if "use" in request.POST:
                form = form.with_template()
            elif form.is_valid():
                if "send" in request.POST:
                    try:
                        return self.send_answer(request, enquiry, form)
                    except Enquiry.DoesNotExist:
                        return self.gone(request)
                    except handling.Outdated as error:
                        outdated = error
                        form.look_again()
                preview = letters.composed_answer(enquiry, form.cleaned_data["text"])
        context = self.context(request, enquiry, f"Answer {enquiry}") | {
            "form": form,
            "outdated": outdated,
            "preview": preview,
            "has_templates": AnswerTemplate.objects.exists(),
        }
        return render(request, "admin/enquiries/enquiry/answer.html", context)

    def send_answer(self, request, enquiry, form):
        given = form.cleaned_data
        try:
            handling.answer(enquiry, request.user, given["text"], given["seen"])
        except handling.Outdated as outdated:
            if not form.was_sent_already(outdated.events, request.user):
                raise
        messages.success(request, f"The answer to {enquiry} is on its way.")
        return redirect(self.address_of(enquiry))

    # Personal data, and what is left of it

    def personal_data_view(self, request):
        """Show, give and erase what is held under an address. The address is never in this one."""
        if not self.has_erase_permission(request):
            raise PermissionDenied
        form = AddressForm(request.POST or None)
        context = self.context(request, None, "Personal data") | {"form": form}
        if request.method == "POST" and form.is_valid():
            email = form.cleaned_data["email"]
            step = request.POST.get("step")
            if step == "export":
                return export(email)
            if step == "erase":
                erased = personal_data.erase(email, request.user)
                messages.success(
                    request, "Erased: {} enquiries with their history, {} e-mails.".format(*erased)
                )
                return redirect("admin:enquiries_enquiry_personal_data")
            context |= {
                "email": email,
                "held": personal_data.held_under(email),
                "is_erasing": step == "ask",
            }
        return render(request, "admin/enquiries/enquiry/personal_data.html", context)

    def numbers_view(self, request):
        if not self.has_numbers_permission(request):
            raise PermissionDenied
        context = self.context(request, None, "Enquiries in numbers") | {"rows": numbers.table()}
        return render(request, "admin/enquiries/enquiry/numbers.html", context)


def sees_any(request):
    """Whether the user of ``request`` has any enquiry to see; asked of the database once."""
    if not hasattr(request, "sees_enquiries"):
        user = request.user  # nobody, while they sign in
        request.sees_enquiries = user.is_staff and Enquiry.objects.seen_by(user).exists()
    return request.sees_enquiries


def as_reference(text):
    """Return the reference that ``text`` may mean, "" for none.

    Crockford's alphabet lets nobody tell O from 0, nor I and L from 1, and nobody need.
    """
    letters = re.sub(r"[^0-9A-Z]", "", text.upper()).translate(str.maketrans("OIL", "011"))
    return f"{letters[:4]}-{letters[4:]}" if len(letters) == 8 else ""


def in_words(enquiry):
    """Return the state of ``enquiry``, with the day by which it should have been answered."""
    state = enquiry.get_state_display()
    if not enquiry.is_waiting:
        return state
    day = date_format(enquiry.answer_due, "j M Y")
    return f"{state}, overdue since {day}" if enquiry.is_overdue else f"{state}, due by {day}"


def in_order(events):
    """Return ``events`` in words: who did what, and when."""
    return "; ".join(
        f"{handling.name_of(event.user) if event.user else 'the site'}: "
        f"{event.get_kind_display()} ({date_format(timezone.localtime(event.at), 'j M Y, H:i')})"
        for event in events
    )


def public_address(thing):
    """Return the address of ``thing`` while visitors find something there."""
    is_public = thing and type(thing).objects.public().filter(pk=thing.pk).exists()
    return thing.get_absolute_url() if is_public else ""


def is_of_this_site(address):
    """Whether ``address``, which anybody can have typed, is one of our own and a link is safe."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)


def export(email):
    response = JsonResponse(personal_data.export(email), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    return response
