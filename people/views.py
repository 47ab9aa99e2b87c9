from django.shortcuts import get_object_or_404, render

from publishing.paging import asked_for

from .models import Person, Role


def person_list(request):
    team = Role.objects.public().team().with_people()
    others = (
        Person.objects.public()
        .with_roles()
        .exclude(pk__in=team.filter(holder__isnull=False).values("holder"))
    )
    part = asked_for(request, others)
    context = {
        "team": team if part.number == 1 else Role.objects.none(),
        "part": part,
        "others": part.object_list,
        "canonical": part.canonical,
    }
    return render(request, "people/person_list.html", context)


def person_detail(request, slug):
    person = get_object_or_404(Person.objects.public().with_roles(), slug=slug)
    return render(request, "people/person_detail.html", {"person": person})
