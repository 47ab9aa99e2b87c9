from django.urls import path

from . import views

app_name = "topics"
urlpatterns = [
    path("", views.topic_list, name="list"),
    path("<slug:slug>/", views.topic_detail, name="detail"),
    path("<slug:slug>/programmes/", views.topic_programmes, name="programmes"),
    path("<slug:slug>/questions/", views.topic_questions, name="questions"),
]
