from django.urls import path

from . import views

app_name = "faq"
urlpatterns = [
    path("", views.question_list, name="list"),
    path("<slug:slug>/", views.section_detail, name="section"),
    path("<slug:section>/<slug:slug>/", views.question, name="question"),
]
