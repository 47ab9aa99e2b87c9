from django.shortcuts import get_object_or_404, render

from publishing.paging import asked_for

from .models import Person
from .team import team


def person_list(request):
    roles = team()
    in_team = [role.holder_id for role in roles if role.holder_id]
    others = Person.objects.public().with_titles_of_roles().exclude(pk__in=in_team)
    part = asked_for(request, others)
    context = {
        "team": roles if part.number == 1 else [],
        "part": part,
        "others": part.object_list,
        "canonical": part.canonical,
    }
    return render(request, "people/person_list.html", context)


def person_detail(request, slug):
    person = get_object_or_404(Person.objects.public().with_roles(), slug=slug)
    return render(request, "people/person_detail.html", {"person": person})
