from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html

from publishing import workflow
from topics.models import Topic

from . import index, matching
from .forms import FinderForm
from .language import STOP_WORDS, words
from .models import OutOfScope, UnansweredQuery
from .views import CLOSEST


def compared(phrase):
    """Return what the finder compares of ``phrase``: two that give the same are one to it."""
    return frozenset(word.token for word in words(phrase) if word.typed not in STOP_WORDS)


def phrases_of(topic):
    """Return {what is compared of it: phrase} for the name and the synonyms of ``topic``."""
    return {compared(phrase): phrase for phrase in (topic.name, *topic.synonyms)}


@admin.register(OutOfScope)
class OutOfScopeAdmin(admin.ModelAdmin):
    fields = ["name", "slug", "words"]
    list_display = ["name", "how_many"]
    search_fields = ["name", "words"]
    prepopulated_fields = {"slug": ["name"]}

    @admin.display(description="words")
    def how_many(self, subject):
        return len(subject.words)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        for phrase, topic in shared_with_topics(obj):
            messages.warning(
                request,
                f"“{phrase}” belongs to the topic {topic}: whoever searches for it may now be told "
                "that nothing fits. Take it out here, or out of the topic.",
            )


def shared_with_topics(subject):
    """Return [(phrase, Topic)] for the phrases of ``subject`` that public topics have too."""
    owners = {key: topic for topic in Topic.objects.public() for key in phrases_of(topic) if key}
    return [
        (phrase, owners[compared(phrase)])
        for phrase in (subject.name, *subject.words)
        if compared(phrase) in owners
    ]


class TopicForm(forms.Form):
    topic = forms.ModelChoiceField(
        Topic.objects.public(),
        help_text="The words become synonyms of it, and lead to what has it.",
    )


@admin.register(UnansweredQuery)
class UnansweredQueryAdmin(admin.ModelAdmin):
    """What people asked in vain. A word that a topic lacks is added to it from here."""

    list_display = ["text", "times", "last_asked"]
    search_fields = ["text"]
    actions = ["add_to_topic"]

    def get_queryset(self, request):
        UnansweredQuery.objects.purge()  # nobody is to see what should be gone
        return super().get_queryset(request)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_teach_permission(self, request):
        return request.user.has_perm("topics.change_topic") and self.has_delete_permission(request)

    def log_deletions(self, request, queryset):
        """Log nothing: the log would keep for good what is kept for a time."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("try/", wrap(self.try_view), name="finder_unansweredquery_try"),
            path(
                "<int:pk>/add-to-topic/",
                wrap(self.add_one_to_topic),
                name="finder_unansweredquery_add_to_topic",
            ),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        may_teach = {"may_teach": self.has_teach_permission(request)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | may_teach)

    # Adding to a topic

    @admin.action(description="Add to a topic…", permissions=["teach"])
    def add_to_topic(self, request, queries):
        """Ask which topic, then add the words of ``queries`` to its synonyms."""
        if not queries:
            messages.warning(request, "These queries are no longer in the list.")
            return None
        form = TopicForm(request.POST if "teach" in request.POST else None)
        if form.is_valid():
            try:
                self.teach(request, form.cleaned_data["topic"], list(queries))
            except workflow.Deleted as refusal:
                form.add_error("topic", str(refusal))
            else:
                return redirect("admin:finder_unansweredquery_changelist")
        return self.ask_for_topic(request, queries, form)

    def add_one_to_topic(self, request, pk):
        """Ask which topic for a single query, from its own page."""
        if not self.has_teach_permission(request):
            raise PermissionDenied
        query = get_object_or_404(self.get_queryset(request), pk=pk)
        return self.ask_for_topic(request, [query], TopicForm())

    def ask_for_topic(self, request, queries, form):
        context = self.admin_site.each_context(request) | {
            "title": "Add to a topic",
            "opts": self.opts,
            "queries": queries,
            "form": form,
        }
        return render(request, "admin/finder/unansweredquery/add_to_topic.html", context)

    def teach(self, request, topic, queries):
        """Add the words of ``queries`` to ``topic``, and say what visitors get for them now.

        What leads somewhere leaves the list; what does not stays, with a warning that says why.
        """
        for text, phrase in add_synonyms(topic, [query.text for query in queries], request.user):
            messages.info(request, f"“{text}” is not added: {topic} has “{phrase}” already.")
        # The content version moves with the commit, so the finder is asked after it.
        finder = index.current()
        for query in queries:
            answer = finder.ask(query.text)
            if answer.fits:
                query.delete()
                messages.success(
                    request,
                    format_html(
                        "“{}” now leads to {}.",
                        query,
                        self.linked(request, answer.results[0].entry),
                    ),
                )
            else:
                messages.warning(request, self.why_in_vain(request, query, topic, answer))

    def why_in_vain(self, request, query, topic, answer):
        """Return why ``query`` leads nowhere although ``topic`` has its words."""
        if answer.confidence < matching.THRESHOLD:
            why = format_html("nothing public that has the topic {} fits it.", topic)
        else:
            why = format_html(
                "the subject out of scope {} wins. Take the words out of that subject.",
                self.linked(request, answer.out_of_scope.entry),
            )
        return format_html("“{}” still leads nowhere, and stays in this list: {}", query, why)

    def linked(self, request, entry):
        """Return the title of ``entry``, with a link for those who may open its page or form."""
        if isinstance(entry.thing, OutOfScope):
            desk = self.admin_site.get_model_admin(OutOfScope)
            if not desk.has_view_permission(request):
                return entry.title
            address = reverse("admin:finder_outofscope_change", args=[entry.thing.pk])
        else:
            address = entry.thing.get_absolute_url()
        return format_html('<a href="{}">{}</a>', address, entry.title)

    # Trying

    def try_view(self, request):
        """Show what the public gets for a question, with every score behind it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        finder = index.current()
        form = FinderForm(request.GET, partners=[])
        form.is_valid()  # no question is refused
        question = form.cleaned_data["q"]
        answer = finder.ask(question) if question else None
        context = self.admin_site.each_context(request) | {
            "title": "Try a query",
            "opts": self.opts,
            "form": form,
            "question": question,
            "answer": answer,
        }
        if answer:
            scored = [*answer.results, *filter(None, [answer.out_of_scope])]
            context |= {
                "weights": finder.weights(answer.asked),
                "scored": [(self.linked(request, result.entry), result) for result in scored],
                "matching": matching,  # for its numbers
                "closest": CLOSEST,
            }
        return render(request, "admin/finder/unansweredquery/try.html", context)


def add_synonyms(topic, texts, user):
    """Add ``texts`` to the synonyms of ``topic``; return [(text, phrase)] of what it had already.

    Visitors are helped at once, with no draft in between. Nothing else of the topic is written: it
    may hold what a form would refuse, and a colleague may be editing it.
    """
    added, had = [], []
    with transaction.atomic():
        topic = workflow.locked(topic)
        if topic is None:
            raise workflow.Deleted
        phrases = phrases_of(topic)
        for text in texts:
            key = compared(text)
            if key in phrases:
                had.append((text, phrases[key]))
            elif key:  # without it, there is no word that the finder compares
                phrases[key] = text
                added.append(text)
        if added:
            message = f"Added synonyms: {', '.join(added)}."
            with workflow.noted(topic, user, message) as row:
                row.synonyms = [*row.synonyms, *added]
                row.save(update_fields=["synonyms", "changed_at"])
            LogEntry.objects.log_actions(user.pk, [topic], CHANGE, message)
    return had
