from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models.constants import LOOKUP_SEP
from django.shortcuts import redirect, render

from .models import OutgoingMessage


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(admin.ModelAdmin):
    """What the site writes by e-mail, and what became of it. It is read here, never written."""

    list_display = ["subject", "to", "state", "dealt_with", "tries", "created_at", "problem"]
    list_filter = ["state", "dealt_with"]
    # Not the address: what is searched for stands in an address of the desk, and so in logs.
    search_fields = ["subject", "message_id"]
    fields = [
        "subject",
        "to",
        "reply_to",
        "body",
        "state",
        "problem",
        "dealt_with",
        "tries",
        "created_at",
        "queued_at",
        "due_at",
        "settled_at",
        "message_id",
    ]
    actions = ["send_again", "deal_with"]

    def changelist_view(self, request, extra_context=None):
        if "@" in request.GET.get(SEARCH_VAR, ""):
            messages.warning(request, "E-mail addresses are searched under Personal data alone.")
            return redirect("admin:outbox_outgoingmessage_changelist")
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup, value, request):
        """Allow the filters alone: any other would put an address or words into that of a page."""
        field = lookup.split(LOOKUP_SEP)[0]
        return field in self.list_filter and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_settle_permission(self, request):
        return request.user.has_perm("outbox.change_outgoingmessage")

    @admin.action(description="Send again…", permissions=["settle"])
    def send_again(self, request, chosen):
        """Ask first: what is uncertain may then arrive twice."""
        unsent = chosen.filter(state__in=OutgoingMessage.UNSETTLED)
        if "confirmed" not in request.POST and unsent:
            context = self.admin_site.each_context(request) | {
                "title": "Send again",
                "opts": self.opts,
                "messages_to_send": unsent,
                "is_uncertain": OutgoingMessage.State.UNCERTAIN,
            }
            return render(request, "admin/outbox/outgoingmessage/send_again.html", context)
        self.note(request, unsent, "Sent again.")
        number = unsent.send_again()
        self.say(request, number, "will be sent again at the next tick of the timer")
        return redirect("admin:outbox_outgoingmessage_changelist")

    @admin.action(description="Mark as dealt with", permissions=["settle"])
    def deal_with(self, request, chosen):
        """Take those that need no more attention from the warnings of the desk."""
        unsettled = chosen.unsettled()
        self.note(request, unsettled, "Marked as dealt with.")
        self.say(request, unsettled.update(dealt_with=True), "marked as dealt with")

    def note(self, request, chosen, what):
        if chosen:
            LogEntry.objects.log_actions(request.user.pk, chosen, CHANGE, what)

    def say(self, request, number, what):
        if number:
            messages.success(request, f"{number} message{'' if number == 1 else 's'}: {what}.")
        else:
            messages.warning(request, "None of these failed or is uncertain: nothing was done.")
