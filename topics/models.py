from django import forms
from django.db import models
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TagBase

from publishing.addresses import address_of
from publishing.fields import AddressField, LinesField
from publishing.models import Child, Publishable, PublishableQuerySet


class Topic(Publishable, TagBase):
    """A field of work or a need, with the words that people use for it."""

    name = models.CharField(
        max_length=100, unique=True, help_text="What visitors read: the heading of its page."
    )
    slug = AddressField()  # taggit's own takes letters that no route does
    synonyms = LinesField(
        help_text="Other words people type for this, one on a line. They lead the search here and "
        "are never shown."
    )

    never_shown = (*Publishable.never_shown, "synonyms")

    natural_key_fields = ["slug"]  # taggit's own choice is the name, which staff may change
    objects = PublishableQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def get_absolute_url(self):
        return address_of("topics:detail", self.slug)

    def public_programmes(self):
        return self.programmetopics.model.public_things(self).select_related("parent")

    def public_questions(self):
        return self.questiontopics.model.public_things(self).with_addresses()

    def words(self):
        return [self.name]


class TopicItem(Child, ItemBase):
    """The assignment of a topic to something; each kind of thing has its own table."""

    tag = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="%(class)ss")

    natural_key_fields = ["id"]
    objects = models.Manager()

    class Meta:
        abstract = True

    @classmethod
    def public_things(cls, topic):
        """Return the public things of this kind that carry ``topic``."""
        things = cls._meta.get_field("content_object").related_model.objects
        return things.public().filter(topic_items__tag=topic)


class TopicsField(TaggableManager):
    """Taggit's manager, with existing topics to tick: a typing slip makes no new topic."""

    def formfield(self, **kwargs):
        kwargs.pop("form_class", None)
        return super().formfield(
            form_class=forms.ModelMultipleChoiceField,
            queryset=Topic.objects.all(),
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )
