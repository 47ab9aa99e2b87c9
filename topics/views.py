from django.shortcuts import get_object_or_404, render

from publishing.paging import asked_for, beginning

from .models import Topic
from .vocabulary import public_topics


def topic_list(request):
    return render(request, "topics/topic_list.html", {"topics": public_topics()})


def topic_detail(request, slug):
    topic = get_object_or_404(Topic.objects.public(), slug=slug)
    context = {
        "topic": topic,
        "programmes": beginning(topic.public_programmes()),
        "questions": beginning(topic.public_questions()),
    }
    return render(request, "topics/topic_detail.html", context)


def topic_programmes(request, slug):
    topic = get_object_or_404(Topic.objects.public(), slug=slug)
    part = asked_for(request, topic.public_programmes())
    context = {"topic": topic, "part": part, "canonical": part.canonical_if(part.is_of_many)}
    return render(request, "topics/topic_programmes.html", context)


def topic_questions(request, slug):
    topic = get_object_or_404(Topic.objects.public(), slug=slug)
    part = asked_for(request, topic.public_questions())
    context = {"topic": topic, "part": part, "canonical": part.canonical_if(part.is_of_many)}
    return render(request, "topics/topic_questions.html", context)
