from datetime import timedelta
from functools import cache

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Replace
from django.utils import timezone

from ..fields import TargetField
from .content import Content, Publishable


class AboutQuerySet(models.QuerySet):
    def of(self, thing):
        """Those about ``thing``."""
        return self.of_model(type(thing)).filter(object_id=str(thing.pk))

    def of_model(self, model):
        return self.filter(content_type=ContentType.objects.get_for_model(model))


class About(models.Model):
    """A row about something that is Publishable. It outlives that, so no cascade deletes it."""

    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    object_id = models.CharField(max_length=36)

    class Meta:
        abstract = True

    @property
    def thing(self):
        """What it is about, as its row is now; None once that is deleted."""
        return self.content_type.model_class()._base_manager.filter(pk=self.object_id).first()


class RevisionQuerySet(AboutQuerySet):
    def pending(self):
        return self.filter(is_pending=True)

    def of_the_row(self):
        """Those that hold what the row itself held, rather than what it was to hold."""
        return self.filter(base=None)


class Revision(About):
    """One state of something: its fields, choices and parts, as ``publishing.state`` reads them.

    A draft of what is public has a ``base``: what the row held when it was begun. A draft changes
    what differs between the two, and nothing else.
    """

    class Kind(models.TextChoices):
        AS_FOUND = "as-found", "As it stood"
        DRAFT = "draft", "Draft saved"
        SUBMITTED = "submitted", "Sent for review"
        PUBLISHED = "published", "Published"
        TAKEN_DOWN = "taken-down", "Taken down"
        DISCARDED = "discarded", "Draft discarded"

    kind = models.CharField(max_length=20, choices=Kind)
    is_pending = models.BooleanField("waits to be published", default=False)
    was_public = models.BooleanField(default=False, help_text="Visitors saw this state.")
    base = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    title = models.CharField(max_length=300, help_text="What it was called.")
    data = models.JSONField(encoder=DjangoJSONEncoder)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True, help_text="For colleagues.")
    public_note = models.CharField(max_length=300, blank=True, help_text="Shown to everyone.")
    created_at = models.DateTimeField(default=timezone.now)
    # A link for people without an account; empty once it is revoked.
    token = models.CharField(max_length=64, null=True, blank=True, unique=True)
    token_until = models.DateTimeField(null=True, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["content_type", "object_id", "-id"], name="publishing_history")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id"],
                condition=Q(is_pending=True),
                name="one_pending_revision_each",
            )
        ]
        permissions = [("publish_content", "Can publish, schedule and take down")]

    def __str__(self):
        return f"{self.title}: {self.get_kind_display()}"

    @property
    def is_shared(self):
        """Whether its link opens the preview."""
        return bool(self.token) and self.is_pending and self.token_until > timezone.now()


class PlanQuerySet(AboutQuerySet):
    def due(self):
        """Those whose time has come, but for those that failed: somebody must look at them."""
        return self.filter(at__lte=timezone.now(), failed_at=None)

    def to_publish(self):
        return self.filter(action=Plan.Action.PUBLISH)


class Plan(About):
    """What the timer is to publish or to take down, and when."""

    class Action(models.TextChoices):
        PUBLISH = "publish", "Publish"
        TAKE_DOWN = "take-down", "Take down"

    LATE_AFTER = timedelta(minutes=2)

    action = models.CharField(max_length=20, choices=Action)
    at = models.DateTimeField()
    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)
    public_note = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    leads_to = TargetField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    failed_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "action"], name="one_plan_each"
            )
        ]

    def __str__(self):
        return f"{self.get_action_display()}: {self.content_type} {self.object_id}"

    @property
    def is_late(self):
        """Whether its time has passed, and nothing became of it."""
        return bool(self.failed_at) or self.at < timezone.now() - self.LATE_AFTER


class UpdateQuerySet(AboutQuerySet):
    def public(self):
        """Those of what visitors may see now, by one query.

        Keys are compared without hyphens: SQLite keeps a UUID without them, as ``object_id`` does not.
        """
        return self.annotate(key=without_hyphens("object_id")).filter(about_what_is_public())


@cache
def about_what_is_public():
    """Return the condition for ``public``: it holds queries, one for each model, and no row."""
    shown = Q()
    for model in publishable_models():
        keys = model.objects.public().order_by().annotate(key=without_hyphens(Cast("pk", TEXT)))
        shown |= Q(
            content_type__app_label=model._meta.app_label,
            content_type__model=model._meta.model_name,
            key__in=keys.values("key"),
        )
    return shown


TEXT = models.TextField()


def without_hyphens(expression):
    return Replace(expression, Value("-"), Value(""), output_field=TEXT)


def publishable_models():
    return [model for model in apps.get_models() if issubclass(model, Publishable)]


class Update(About, Content):
    """That something was published, for the page of updates. It shows while that thing does.

    ``title`` and ``address`` are those that the thing has now: see ``publishing.updates``.
    """

    title = models.CharField(max_length=300)
    address = models.CharField(max_length=300)
    is_new = models.BooleanField()
    note = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(default=timezone.now)

    objects = UpdateQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]

    def __str__(self):
        return self.title

    source = errata = ()  # its words are the team's, all of them

    def words(self):
        return list(filter(None, [self.note]))

    @property
    def changed_at(self):
        """When the list of updates changed by it, named as in the rows of content."""
        return self.published_at

    @property
    def kind(self):
        """What became of what it is about, in a word."""
        return "New" if self.is_new else "Changed"
