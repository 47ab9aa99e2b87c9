from django.urls import path

from . import views

app_name = "partners"
urlpatterns = [
    path("", views.partner_list, name="list"),
    path("<slug:slug>/", views.partner_detail, name="detail"),
    path("<slug:slug>/people/", views.partner_people, name="people"),
    path("<slug:slug>/programmes/", views.partner_programmes, name="programmes"),
]
