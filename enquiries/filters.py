"""How the list of enquiries is narrowed down."""

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR

from .models import Enquiry


class ChoiceFilter(admin.SimpleListFilter):
    """A filter whose first choice goes by its own name."""

    unchosen = "All"

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": self.unchosen}, *others]


class StateFilter(ChoiceFilter):
    """Shows what waits, unless somebody asks for more; a search looks through everything."""

    title = "state"
    parameter_name = "state"

    def __init__(self, request, *args):
        super().__init__(request, *args)
        self.is_search = bool(request.GET.get(SEARCH_VAR))
        self.unchosen = "any, for a search" if self.is_search else "waiting for an answer"

    def lookups(self, request, model_admin):
        return [*Enquiry.State.choices, ("all", "all but spam")]

    def queryset(self, request, enquiries):
        if self.value() in Enquiry.State:
            return enquiries.filter(state=self.value())
        if self.value() == "all":
            return enquiries.exclude(state=Enquiry.State.SPAM)
        return enquiries if self.is_search else enquiries.waiting()


class OverdueFilter(ChoiceFilter):
    title = "time"
    parameter_name = "overdue"

    def lookups(self, request, model_admin):
        return [("yes", "overdue")]

    def queryset(self, request, enquiries):
        return enquiries.overdue() if self.value() else enquiries


class AnswererFilter(ChoiceFilter):
    title = "who answers"
    parameter_name = "answers"

    def lookups(self, request, model_admin):
        return [("me", "me"), ("nobody", "nobody yet")]

    def queryset(self, request, enquiries):
        if self.value() == "me":
            return enquiries.filter(assigned_to=request.user)
        return enquiries.filter(assigned_to=None) if self.value() == "nobody" else enquiries
