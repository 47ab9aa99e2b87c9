from django.db import models
from django.db.models import Count, F, Q
from django.utils.functional import cached_property

from programmes.models import Programme
from publishing.addresses import address_of
from publishing.fields import AddressField, OrderField, RichTextField
from publishing.models import Content, ContentQuerySet, Publishable, PublishableQuerySet
from publishing.paging import is_long, longer_than_a_page
from publishing.rich_text import blocks
from topics.models import TopicItem, TopicsField


class SectionQuerySet(ContentQuerySet):
    def public(self):
        """Those under which a public question stands, with how many do: ``number``."""
        public = Question.objects.public().values("pk")
        counted = Count("questions", filter=Q(questions__in=public))
        # Django leaves the order of the model out where it counts.
        return self.annotate(number=counted).filter(number__gt=0).order_by("order", "name")


class Section(Content):
    """A heading under which questions stand."""

    name = models.CharField(max_length=100, help_text="The heading above its questions.")
    slug = AddressField()
    order = OrderField()

    objects = SectionQuerySet.as_manager()

    class Meta:
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """Where its questions are answered: on the page of all, or where there are too many, its own."""
        if Question.are_too_many():
            return address_of("faq:section", self.slug)
        return f"{address_of('faq:list')}#part:{self.slug}"

    def natural_key(self):
        return (self.slug,)


class QuestionQuerySet(PublishableQuerySet):
    def public(self):
        """A question that a programme answers is public only while the programme is."""
        return super().public().filter(Q(programme__isnull=True) | Q(programme__is_published=True))

    def with_addresses(self):
        """Add what the address of each depends on, so that many take no query each."""
        return self.annotate(
            are_by_section=longer_than_a_page(Question.objects.public(), Question.a_page),
            section_slug=F("section__slug"),
        )


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

    a_page = 30  # answers; where there are more, each section has a page

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["section__order", "section__name", "section", "order", "slug"]
        indexes = [
            models.Index(fields=["section", "order", "slug"], name="questions_of_a_section"),
        ]
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
        """Where it is answered: on the page of all, or where there are too many, of its section."""
        if self.are_by_section:
            address = address_of("faq:question", self.section_slug, self.slug)
            return f"{address}#{self.slug}"
        return f"{address_of('faq:list')}#{self.slug}"

    @cached_property
    def are_by_section(self):
        """Whether each section has a page (see ``with_addresses``)."""
        return self.are_too_many()

    @classmethod
    def are_too_many(cls):
        """Whether there are more questions than one page answers."""
        return is_long(cls.objects.public(), cls.a_page)

    @cached_property
    def section_slug(self):
        return self.section.slug

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
