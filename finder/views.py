import re

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from enquiries.routes import routes_for
from programmes.catalogue import first_programmes
from publishing import sandbox
from topics.vocabulary import public_topics

from . import index
from .forms import FinderForm
from .language import plain
from .models import UnansweredQuery
from .reasons import WRITTEN, excerpt, reasons_for

CLOSEST = 3  # shown where nothing fits


@cache_control(private=True, no_cache=True)
def find(request):
    """Answer ``q`` for somebody ``at`` a partner; with ``format=json`` as data."""
    finder = index.current()
    partners = [entry.thing for entry in finder.entries if entry.kind == "partner"]
    form = FinderForm(request.GET, partners=partners)
    form.is_valid()  # a slip in one choice does not undo the other
    question, at = form.cleaned_data.get("q", ""), form.cleaned_data.get("at")
    answer = finder.ask(question, correct=request.GET.get("as") != "typed")
    results = answer.results if answer.fits else answer.results[:CLOSEST]
    route, found = with_routes(results, at, finder.fillers)
    if request.GET.get("format") == "json":
        response = JsonResponse(as_data(question, answer, found))
    else:
        context = {"form": form, "answer": answer, "found": found, "route": route}
        context |= about(question, answer)
        response = render(request, "finder/find.html", context)
        if question and not answer.fits and by_a_visitor(request):
            UnansweredQuery.objects.record(question)
    if question:
        response["X-Robots-Tag"] = "noindex"
    return response


def about(question, answer):
    """Return what a page says of ``question``, and what it lists where that has no answer."""
    context = {"question": question, "read_as": read_as(question, answer.corrections)}
    if question:
        context["canonical"] = None  # an answer is no page that others should know
    else:
        context["topics"] = public_topics()
    if not (question and answer.fits):
        context["programmes"] = first_programmes()
    return context


def by_a_visitor(request):
    """Whether somebody asks to read the answer, and not staff who only try, or look at a draft."""
    is_staff = settings.SESSION_COOKIE_NAME in request.COOKIES or sandbox.is_open()
    return request.method == "GET" and not is_staff


def read_as(question, corrections):
    """Return ``question`` with its slips mended, "" if there are none or one is not to be said."""
    if not corrections or None in corrections.values():
        return ""
    return WRITTEN.sub(lambda word: corrections.get(plain(word[0]), word[0]), question)


def with_routes(results, at, fillers):
    """Return the general route, and what a page shows of each of ``results``, its own included."""
    (_, general), *routes = routes_for([None, *(result.entry.thing for result in results)], at)
    return general, [
        {
            "result": result,
            "entry": result.entry,
            "route": route,
            "reasons": reasons_for(result, fillers),
            "excerpt": excerpt(result),
        }
        for result, (_, route) in zip(results, routes, strict=True)
    ]


def as_data(question, answer, found):
    """Return the answer as a program reads it."""
    return {
        "query": question,
        "corrections": answer.corrections,
        "fallback": not answer.fits,
        "results": [
            {
                "kind": one["entry"].kind,
                "slug": one["entry"].slug,
                "title": one["entry"].title,
                "url": f"{settings.BASE_URL}{one['entry'].thing.get_absolute_url()}",
                "score": round(one["result"].score, 3),
                "why": [str(reason) for reason in one["reasons"]],
                "contact": contact(one["route"]),
            }
            for one in found
        ],
    }


def contact(route):
    """Return whom ``route`` leads to; both are null where it is the team."""
    return {
        "level": route.level,
        "person": route.person and route.person.slug,
        "role": route.role and route.role.slug,
    }


def not_found(request, exception):
    """Say that there is no such page, and try the words of its address."""
    words = " ".join(re.findall(r"[^\W_]{3,}", re.sub(r"\.\w{2,5}$", "", request.path)))
    answer = index.current().ask(words[:300])
    context = {
        "results": answer.results[:CLOSEST] if answer.fits else [],
        "programmes": first_programmes(),
        "canonical": None,  # there is no page to be known by
    }
    return render(request, "404.html", context, status=404)
