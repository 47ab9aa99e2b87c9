from django.shortcuts import get_object_or_404, render

from publishing.paging import asked_for

from .models import Programme


def programme_list(request):
    programmes = Programme.objects.public().with_participation().select_related("parent")
    part = asked_for(request, programmes)
    context = {"part": part, "programmes": part.object_list, "canonical": part.canonical}
    return render(request, "programmes/programme_list.html", context)


def programme_detail(request, slug):
    programmes = Programme.objects.public().with_participation()
    programme = get_object_or_404(programmes.select_related("parent", "succeeded_by"), slug=slug)
    return render(request, "programmes/programme_detail.html", {"programme": programme})
