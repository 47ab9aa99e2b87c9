from django.urls import path, re_path

from . import views

app_name = "pages"
urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("contacts/", views.contacts, name="contacts"),
    path("figures/", views.figures, name="figures"),
    path("card.png", views.card, name="site_card"),
    path("<str:kind>/<slug:slug>/card.png", views.card, name="card"),
    path("sources/", views.source_list, name="sources"),
    path("sources/<slug:slug>/", views.source_detail, name="source"),
    # Any other page of prose. Last, since a page of that address may exist or not.
    re_path(r"^(?:[a-z0-9-]+/)+$", views.page_detail, name="detail"),
]
