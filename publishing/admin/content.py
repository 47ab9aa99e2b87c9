"""What the admin of every kind of content has in common: its form shows and saves a draft.

Many-to-many choices are checkboxes, and parts are stacked: of Django's own widgets these are the
ones that a screen reader and a narrow window can follow.
"""

from copy import copy
from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.forms.widgets import Script
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path, reverse

from .. import state, uses, workflow
from ..models import Plan, Revision
from ..sandbox import sandbox
from . import conflicts, history, publish, sharing, taking_down
from .numbers import number_or_zero

Kind = Revision.Kind

WHERE_FROM = ("Where this comes from", {"fields": ["source", "errata"]})
PUBLICATION = ("Review", {"fields": ["owner", "reviewed_on", "review_due", "changed_at"]})
EDITORS = ("Editors", {"fields": ["editors"]})
FORM_FIELDS = {
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
    models.URLField: {"assume_scheme": "https"},  # as Django 6 does; 5.2 assumes http, and warns
}

# The buttons of the form, by the name that they post.
PREVIEW, SUBMIT, PUBLISH = "_preview", "_submit", "_publish"
TOKEN = "revision"  # the newest revision that a form knew of when it was opened


class ContentForm(forms.ModelForm):
    """The form of a Publishable."""

    def _get_validation_exclusions(self):
        # Django leaves the key out, and with it every constraint that names it: the database alone
        # would refuse that something succeeds itself.
        return super()._get_validation_exclusions() - {self._meta.model._meta.pk.name}


class ContentAdmin(admin.ModelAdmin):
    """The admin of a Publishable. See ``workflow`` for what becomes of what is typed."""

    form = ContentForm
    change_form_template = "admin/publishing/change_form.html"
    readonly_fields = ["changed_at"]
    formfield_overrides = FORM_FIELDS
    list_filter = ["is_published"]
    list_select_related = ["owner"]

    class Media:
        js = [Script("js/leave_guard.js", type="module")]

    def get_queryset(self, request):
        # What public pages ask too, so that the list can't say public of what visitors don't see.
        visible = self.model.objects.public().filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(visible=Exists(visible))

    def get_urls(self):
        """Add the pages of the steps, each below the address of the thing itself."""
        pages = {
            "publish": publish.publish_page,
            "discard": publish.discard_page,
            "take_down": taking_down.take_down_page,
            "compare": history.compare_page,
            "restore": history.restore_view,
            "preview": sharing.preview_view,
            "share": sharing.share_page,
        }
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            *(
                path(
                    f"<path:object_id>/{step.replace('_', '-')}/",
                    self.admin_site.admin_view(self.step(page)),
                    name=f"{name}_{step}",
                )
                for step, page in pages.items()
            ),
            *super().get_urls(),
        ]

    def step(self, page):
        """Return the view of a step, which takes this admin, the request and the thing."""

        def view(request, object_id):
            return self.page(page, request, object_id, self.has_change_permission)

        return view

    def page(self, page, request, object_id, may):
        """Return the answer of ``page``, which takes this admin, the request and the thing.

        ``may`` tells of the request and the thing whether the user is let in.
        """
        thing = self.get_object(request, unquote(object_id))
        if thing is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not may(request, thing):
            raise PermissionDenied
        if self.edited_with(thing):
            return self.to_the_form_of(self.edited_with(thing))
        try:
            return page(self, request, thing)
        except (workflow.Deleted, self.model.DoesNotExist):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    def address(self, thing, step="change"):
        """Return the address of a page about ``thing`` at this desk."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{step}"
        return reverse(name, args=[quote(thing.pk)], current_app=self.admin_site.name)

    def edited_with(self, thing):
        """Return what ``thing`` is a part of, and is drafted and published with; None for nothing."""
        return

    def kept_from(self, request, thing):
        """Return the fields and parts that the user may not change: no old state brings them back."""
        may_change = {
            inline.model
            for inline in self.get_inline_instances(request, thing)
            if inline.has_add_permission(request, thing)
            and inline.has_change_permission(request, thing)
            and inline.has_delete_permission(request, thing)
        }
        parts = [
            relation.name
            for relation in state.parts_of(self.model)
            if relation.related_model not in may_change
        ]
        return [*self.get_readonly_fields(request, thing), *parts]

    def to_the_form_of(self, thing):
        return HttpResponseRedirect(self.admin_site.get_model_admin(type(thing)).address(thing))

    def history_view(self, request, object_id, extra_context=None):
        may = self.has_view_or_change_permission
        return self.page(history.history_page, request, object_id, may)

    def has_delete_permission(self, request, obj=None):
        """Leave deleting to administrators, and to what visitors can't see: others take down."""
        allowed = request.user.is_superuser and super().has_delete_permission(request, obj)
        return allowed and not (obj and obj.is_live)

    def get_actions(self, request):
        """No action on many at once: it would pass by the drafts."""
        return {}

    # The form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Show the form with the draft in it, or save what it brings as a draft."""
        if object_id is None:
            return self.add(request, form_url, extra_context or {})
        thing = self.get_object(request, unquote(object_id))
        if thing and self.edited_with(thing):
            return self.to_the_form_of(self.edited_with(thing))
        if thing is None or not self.has_change_permission(request, thing):
            return super().changeform_view(request, object_id, form_url, extra_context)
        answer = self.save if request.method == "POST" else self.show
        try:
            return answer(request, thing, form_url, extra_context or {})
        except (workflow.Deleted, self.model.DoesNotExist):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    def show(self, request, thing, form_url, extra_context):
        """Show the form: in a sandbox only where a draft has to be laid over the rows."""
        workflow.note_as_found(thing)
        # The number before the words: a form may take itself for older than it is, never for newer.
        token = workflow.latest(thing)
        draft = workflow.pending(thing)
        told = extra_context | {"token": token, "draft": draft}
        if draft is None or draft.base is None:
            return self.rendered(request, thing, form_url, told)
        with workflow.laid(thing, draft) as problems:
            return self.rendered(request, thing, form_url, told | {"unusable": problems})

    def rendered(self, request, thing, form_url, extra_context):
        """Return the admin's own answer, rendered while the draft lies over the rows."""
        response = super().changeform_view(request, str(thing.pk), form_url, extra_context)
        if hasattr(response, "render"):
            response.render()
        return response

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        """Add what the form says of its thing; only here, since a save asks for none of it."""
        if change and self.has_change_permission(request, obj):
            context |= self.how_it_stands(request, obj, context)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def how_it_stands(self, request, thing, context):
        """Return what the form says above its fields and on its buttons.

        ``context`` has what is known of that: the newest revision, the draft, Problems of laying it.
        """
        revision = context["draft"] if "draft" in context else workflow.pending(thing)
        names = state.Names(self.model)
        return {
            "token": context["token"] if "token" in context else workflow.latest(thing),
            "draft": revision,
            "unusable": [names.told(problem) for problem in context.get("unusable", [])],
            "drafted": self.drafted_places(revision),
            "is_live": thing.is_live,
            "plans": Plan.objects.of(thing).select_related("user"),
            "was_published": bool(workflow.last_published(thing)),
            "may_publish": workflow.may_publish(request.user, thing, revision),
            "uses": partial(uses.of, thing, request, self.admin_site),  # once the form is drawn
        }

    def drafted_places(self, revision):
        """Return the names of the places that the draft ``revision`` changes, as the form has them."""
        if revision is None or revision.base is None:
            return []
        data = state.in_order(self.model, revision.data)
        found = state.differences(revision.base.data, data)
        return state.Names(self.model).places(found)

    def add(self, request, form_url, extra_context):
        with transaction.atomic():
            context = {"may_publish": request.user.has_perm(workflow.PERMISSION)} | extra_context
            response = super().changeform_view(request, None, form_url, context)
            thing = getattr(request, "saved", None)
            if thing is None:
                return response
            kind = kind_asked(request)
            data = state.read(thing)
            revision = workflow.save_draft(thing, request.user, data, base=None, kind=kind)
        return response if in_popup(request) else self.after_saving(request, thing, revision)

    def save(self, request, thing, form_url, extra_context):
        """Save what was typed as the draft of ``thing``, unless somebody saved one meanwhile."""

        def fill_in(row, problems):
            told = extra_context | {"unusable": problems}
            request.answer = self.rendered(request, row, form_url, told)
            return saved(request)

        expected = number_or_zero(request.POST.get(TOKEN))
        try:
            with transaction.atomic():
                revision = workflow.save(
                    thing, request.user, fill_in, expected=expected, kind=kind_asked(request)
                )
                if not saved(request):
                    return request.answer
                if revision:
                    super().log_change(request, thing, request.changes)
        except workflow.Outdated:
            return self.conflict(request, thing, form_url, extra_context)
        if revision and revision.note:  # what was called off by it
            self.message_user(request, revision.note, messages.WARNING)
        if in_popup(request):
            return request.answer
        return self.after_saving(request, thing, revision)

    @transaction.atomic
    def conflict(self, request, thing, form_url, extra_context):
        """Refuse to save, keep what was typed, and say who saved what meanwhile.

        The form comes back with all that was typed here, and with what the other changed where
        nothing was typed. If something typed is wrong it comes back with that alone, and as old as
        it was: the next save finds the conflict again.
        """
        row = workflow.locked(thing)
        if row is None:
            raise workflow.Deleted
        workflow.note_as_found(row)
        number = number_or_zero(request.POST.get(TOKEN))
        theirs = workflow.drafted(thing)
        opened = workflow.state_at(thing, number) or theirs
        conflict = conflicts.Conflict(thing, number, opened, theirs)
        told = extra_context | {"conflict": conflict}
        with sandbox():
            # As the form was when it was opened: its fields are read against that.
            state.write(thing, opened)
            response = self.rendered(request, thing, form_url, told | {"token": number})
            mine = state.read(thing) if saved(request) else None
        if mine is None:
            return response
        request.saved = None
        conflict.mine = state.merged(theirs, opened, mine)
        if state.same(theirs, conflict.mine):  # the same form, sent twice
            self.message_user(request, "All of this is saved already.", messages.INFO)
            return HttpResponseRedirect(self.address(thing))
        with sandbox():
            problems = state.write(thing, conflict.mine)
            told["unusable"] = problems
            return self.rendered(as_get(request), thing, form_url, told)

    def after_saving(self, request, thing, revision):
        """Return where each button leads; ``revision`` is None where there was nothing to save."""
        may_go_on = self.has_change_permission(request, thing)
        if PUBLISH in request.POST and may_go_on:
            return HttpResponseRedirect(self.address(thing, "publish"))
        if PREVIEW in request.POST and may_go_on:
            return sharing.preview_view(self, request, thing)
        if revision is None:
            told = "You changed nothing."
        elif not revision.is_pending:
            told = "There is no draft: the public page shows all of this."
        elif SUBMIT in request.POST:
            told = "Sent for review: somebody who may publish sees it on the front of the desk."
        else:
            told = "Draft saved. Visitors see nothing of it until it is published."
        self.message_user(request, told, messages.SUCCESS if revision else messages.INFO)
        if not may_go_on:  # as Django leads who may add, and nothing else
            return self.response_post_save_add(request, thing)
        return HttpResponseRedirect(self.address(thing))

    def response_add(self, request, obj, post_url_continue=None):
        request.saved = obj
        return super().response_add(request, obj) if in_popup(request) else HttpResponse()

    def response_change(self, request, obj):
        request.saved = obj
        return super().response_change(request, obj) if in_popup(request) else HttpResponse()

    def log_change(self, request, obj, message):
        """Keep the entry until the sandbox, which would undo it, is closed."""
        request.changes = message

    def log_step(self, request, thing, told):
        """Enter in Django's log of the desk that a step was taken with ``thing``."""
        super().log_change(request, thing, told)

    # How it looks

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.ManyToManyField):
            # Without the “+” beside it: Django's script for that knows selects only, and stops at
            # checkboxes before it has closed the window.
            field.widget = field.widget.widget
        return field

    @admin.display(description="public", boolean=True, ordering="visible")
    def is_public(self, thing):
        return thing.visible

    def view_on_site(self, thing):
        """Return the address of ``thing`` while visitors find something there."""
        return thing.get_absolute_url() if thing.visible else None


def saved(request):
    """Whether the admin's own form was saved, which it tells by ``response_change``."""
    return getattr(request, "saved", None) is not None


def in_popup(request):
    """Whether another form waits for what is saved here: the admin's own answer tells it."""
    return IS_POPUP_VAR in request.POST


def kind_asked(request):
    return Kind.SUBMITTED if SUBMIT in request.POST else Kind.DRAFT


def as_get(request):
    """Return ``request`` as if its page had only been asked for, with the same query."""
    request = copy(request)
    request.method = "GET"
    request.POST = QueryDict()
    return request


class EditedAdmin(ContentAdmin):
    """The admin of what has editors: staff who see the enquiries about it."""

    def get_readonly_fields(self, request, obj=None):
        """Leave it to those who manage accounts who is an editor."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.has_perm("auth.change_user") else [*fields, "editors"]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "editors":
            kwargs["queryset"] = db_field.related_model.objects.filter(is_staff=True)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class PartKeyField(forms.Field):
    """The key of a part in its form. Django's own asks the database for each."""

    def __init__(self, part, **kwargs):
        super().__init__(required=False, widget=forms.HiddenInput, **kwargs)
        self.part = part

    def clean(self, value):
        if value in self.empty_values:
            return None
        if value != str(self.part.pk):
            raise ValidationError("This part was not found: open the form again.")
        return self.part

    def has_changed(self, initial, data):
        return False


class PartForm(forms.ModelForm):
    """The form of a part. One that stays as it was is not checked again, which costs queries each."""

    def _post_clean(self):
        if self.has_changed() or self.instance._state.adding:
            super()._post_clean()


class PartFormSet(forms.BaseInlineFormSet):
    """The forms of the parts, which take no more queries for many than for a few."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        key = self._pk_field.name
        form.fields[key] = PartKeyField(form.instance, initial=form.fields[key].initial)


class ChildInline(admin.StackedInline):
    """The parts of a Publishable, on its own form."""

    extra = 0
    form = PartForm
    formset = PartFormSet
    formfield_overrides = FORM_FIELDS
    view_on_site = False
    max_num = 100

    def get_formset(self, request, obj=None, **kwargs):
        """Draw ``max_num`` forms at most, however many a request claims there are.

        Django would draw a thousand more, which takes a minute and hundreds of megabytes.
        """
        return super().get_formset(request, obj, absolute_max=self.max_num, **kwargs)
