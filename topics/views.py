from django.shortcuts import get_object_or_404, render

from .models import Topic


def topic_list(request):
    return render(request, "topics/topic_list.html", {"topics": Topic.objects.public()})


def topic_detail(request, slug):
    topic = get_object_or_404(Topic.objects.public(), slug=slug)
    return render(request, "topics/topic_detail.html", {"topic": topic})
