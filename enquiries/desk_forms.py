"""The forms in which staff handle enquiries."""

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q

from .handling import name_of
from .models import AnswerTemplate, Event

SEE_ALL = "enquiries.see_all_enquiries"
# The one that knows permissions; others, once there are any, only sign people in.
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
LONGEST_ANSWER = 20_000
LONGEST_NOTE = 5_000


class UserChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, user):
        return name_of(user)


class SeenForm(forms.Form):
    """A form on a page that shows an enquiry up to its event ``seen``."""

    seen = forms.IntegerField(min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, data=None, *, enquiry, initial=None):
        self.enquiry = enquiry
        super().__init__(data, label_suffix="", initial=initial or self.initial_of(enquiry))

    def initial_of(self, enquiry):
        return {"seen": newest_event(enquiry)}

    def look_again(self):
        """Let the form go on from the enquiry as it is now, with what was typed in it."""
        self.data = self.data.copy()
        self.data["seen"] = newest_event(self.enquiry)


def newest_event(enquiry):
    """Return the id of the newest event of ``enquiry``, 0 without any."""
    return enquiry.events.order_by("pk").values_list("pk", flat=True).last() or 0


class HandlingForm(SeenForm):
    assigned_to = UserChoiceField(
        None,
        label="Who answers it",
        required=False,
        empty_label="Nobody yet",
        help_text="Nobody is told by e-mail: they find it at the desk.",
    )
    note = forms.CharField(
        label="Add a note",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For colleagues. Whoever wrote may ask for a copy of all that is kept of them.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].queryset = who_may_answer(self.enquiry)

    def initial_of(self, enquiry):
        return super().initial_of(enquiry) | {"assigned_to": enquiry.assigned_to_id}


def who_may_answer(enquiry):
    """Return the staff who see ``enquiry`` anyway, and whoever has it."""
    users = get_user_model().objects
    sees = Q(pk__in=users.with_perm(SEE_ALL, backend=MODEL_BACKEND).values("pk"))
    if programmes := enquiry.programme_ids:
        sees |= Q(pk__in=users.filter(edited_programmes__in=programmes).values("pk"))
    if enquiry.partner_id:
        sees |= Q(pk__in=users.filter(edited_partners=enquiry.partner_id).values("pk"))
    has_it = Q(pk=enquiry.assigned_to_id)
    return users.filter(has_it | (Q(is_staff=True, is_active=True) & sees)).order_by("username")


class AnswerForm(SeenForm):
    template = forms.ModelChoiceField(
        AnswerTemplate.objects.all(),
        label="Begin from",
        required=False,
        empty_label="no template",
    )
    text = forms.CharField(
        label="Your answer",
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="Write the whole of it, with the greeting and your name. What they asked follows "
        "below it, with a link that asks whether this answered them.",
        error_messages={"required": "Write the answer: there is nothing to send yet."},
    )

    def clean_text(self):
        return self.cleaned_data["text"].replace("\r\n", "\n")

    def with_template(self):
        """Return the form with the words of the chosen template below those typed already."""
        typed = self.data.get("text", "").strip()
        self.is_valid()
        template = self.cleaned_data.get("template")
        words = [typed, template.words_for(self.enquiry) if template else ""]
        given = {**self.data.dict(), "text": "\n\n".join(filter(None, words))}
        return AnswerForm(enquiry=self.enquiry, initial=given)

    def was_sent_already(self, events, user):
        """Whether one of ``events`` is this very answer: the button was pressed twice."""
        return any(
            event.kind == Event.Kind.ANSWERED
            and event.user_id == user.pk
            and event.text == self.cleaned_data["text"]
            for event in events
        )


class AddressForm(forms.Form):
    """Any address in any form, not only one that is valid today: it was typed somewhere."""

    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "size": 40}),
        error_messages={"required": "Write the e-mail address that they gave."},
    )
