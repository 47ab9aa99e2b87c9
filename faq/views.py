from django.shortcuts import render

from people.models import Role

from .models import Question


def question_list(request):
    questions = list(Question.objects.public().select_related("section", "programme"))
    context = {
        "questions": questions,
        "programmes": [question.programme for question in questions if question.programme],
        "team": Role.objects.public().team().with_people(),
    }
    return render(request, "faq/question_list.html", context)
