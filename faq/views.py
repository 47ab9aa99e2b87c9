from django.shortcuts import get_object_or_404, render

from people.team import team
from publishing.paging import asked_for, beginning, part_of, part_with
from publishing.redirects import moved_to

from .models import Question, Section


def question_list(request):
    """All questions; where these are too many for one page, the sections that they stand under."""
    questions = beginning(with_answers(Question.objects.public()), Question.a_page)
    if questions.goes_on:
        context = {"sections": Section.objects.public()}
        return render(request, "faq/section_list.html", context)
    for question in questions:
        question.are_by_section = False  # known by now, so that none needs to ask
    return render(request, "faq/question_list.html", answered(questions))


def section_detail(request, slug):
    section = get_object_or_404(Section.objects.public(), slug=slug)
    questions = all_questions().filter(section=section)
    return render_section(request, section, asked_for(request, questions, Question.a_page))


def question(request, section, slug):
    """The part of its section in which one question is answered by now, for links to it.

    Whatever section it stood under when the link was made: from there visitors are led on.
    """
    wanted = get_object_or_404(all_questions(), slug=slug)
    if not wanted.are_by_section or wanted.section_slug != section:
        return moved_to(wanted.get_absolute_url())
    questions = all_questions().filter(section=wanted.section)
    number = part_with(slug, questions, Question.a_page)
    path = request.path.removesuffix(f"{slug}/")
    part = part_of(questions, number, path, Question.a_page)
    return render_section(request, wanted.section, part)


def render_section(request, section, part):
    by_section = any(question.are_by_section for question in part)
    context = {"section": section, "part": part, "canonical": part.canonical_if(by_section)}
    return render(request, "faq/section_detail.html", context | answered(part.object_list))


def all_questions():
    return with_answers(Question.objects.public().with_addresses())


def with_answers(questions):
    return questions.select_related("section", "programme")


def answered(questions):
    """Return the context that the answers to ``questions``, a list, need."""
    return {
        "questions": questions,
        "programmes": [question.programme for question in questions if question.programme],
        "team": team() if any(question.lists_team for question in questions) else [],
    }
