from django.shortcuts import get_object_or_404, render

from .models import Person, Role


def person_list(request):
    team = Role.objects.public().team().with_people()
    others = (
        Person.objects.public()
        .with_roles()
        .exclude(pk__in=team.filter(holder__isnull=False).values("holder"))
    )
    return render(request, "people/person_list.html", {"team": team, "others": others})


def person_detail(request, slug):
    person = get_object_or_404(Person.objects.public().with_roles(), slug=slug)
    return render(request, "people/person_detail.html", {"person": person})
