from django.http import Http404
from django.shortcuts import get_object_or_404, render

from publishing.paging import asked_for

from .catalogue import catalogue
from .models import Programme


def programme_list(request):
    part = asked_for(request, list(catalogue().values()))
    context = {"part": part, "programmes": part.object_list, "canonical": part.canonical}
    return render(request, "programmes/programme_list.html", context)


def programme_detail(request, slug):
    listed = catalogue().get(slug)
    if listed is None:
        raise Http404
    # What is taken down in between is not found either.
    programme = get_object_or_404(Programme.objects.public(), slug=slug)
    context = {"programme": programme, "listed": listed}
    return render(request, "programmes/programme_detail.html", context)
