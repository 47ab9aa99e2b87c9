from django.urls import path

from . import views

app_name = "enquiries"

urlpatterns = [
    path("", views.form, name="form"),
    path("<slug:key>/", views.received, name="received"),
    path("<slug:key>/answered/", views.feedback, name="feedback"),
]
