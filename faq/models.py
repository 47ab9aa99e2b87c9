from django.db import models
from django.db.models import Q
from django.urls import reverse

from programmes.models import Programme
from publishing.fields import AddressField, OrderField, RichTextField
from publishing.models import Content, Publishable, PublishableQuerySet
from publishing.rich_text import blocks
from topics.models import TopicItem, TopicsField


class Section(Content):
    """A heading under which questions stand."""

    name = models.CharField(max_length=100, help_text="The heading above its questions.")
    slug = AddressField()
    order = OrderField()

    class Meta:
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.slug,)


class QuestionQuerySet(PublishableQuerySet):
    def public(self):
        """A question that a programme answers is public only while the programme is."""
        return super().public().filter(Q(programme__isnull=True) | Q(programme__is_published=True))


class Question(Publishable):
    """A question people ask, answered by its own words or by a programme's."""

    question = models.CharField(max_length=200, help_text="As somebody would ask it.")
    slug = AddressField()
    section = models.ForeignKey(
        Section,
        on_delete=models.PROTECT,
        related_name="questions",
        help_text="The heading it stands under.",
    )
    answer = RichTextField(
        blank=True, help_text="Shown below the question. Or choose a programme instead."
    )
    programme = models.ForeignKey(
        Programme,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="questions",
        help_text="The programme whose own text is the answer, so that it stands in one place.",
    )
    lists_team = models.BooleanField(
        "lists the team", default=False, help_text="Shows the team below the answer."
    )
    topics = TopicsField(
        "topics",
        through="QuestionTopic",
        blank=True,
        ordering=["name"],
        help_text="What people look for when this is the answer.",
    )
    order = OrderField()

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["section__order", "section__name", "section", "order", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=(~Q(answer="") & Q(programme__isnull=True))
                | (Q(answer="") & Q(programme__isnull=False)),
                name="a_question_has_one_answer",
                violation_error_message="Write an answer, or choose the programme that is the "
                "answer: one of the two.",
            )
        ]

    def __str__(self):
        return self.question

    def get_absolute_url(self):
        return f"{reverse('faq:list')}#{self.slug}"

    def natural_key(self):
        return (self.slug,)

    def words(self):
        return [self.question, *blocks(self.answer)]


class QuestionTopic(TopicItem):
    content_object = models.ForeignKey(
        Question, on_delete=models.CASCADE, related_name="topic_items"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_object", "tag"], name="a_topic_once_a_question"
            )
        ]
