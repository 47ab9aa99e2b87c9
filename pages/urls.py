from django.urls import path, re_path

from . import updates, views
from .open_data import views as open_data

app_name = "pages"
urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("contacts/", views.contacts, name="contacts"),
    path("figures/", views.figures, name="figures"),
    path("figures/<slug:slug>/", views.figure, name="figure"),
    path("card.png", views.card, name="site_card"),
    path("<str:kind>/<slug:slug>/card.png", views.card, name="card"),
    path("people/<slug:slug>.vcf", views.vcard, name="vcard"),
    path("sources/", views.source_list, name="sources"),
    path("sources/<slug:slug>/", views.source_detail, name="source"),
    path("updates/", updates.updates, name="updates"),
    path("updates/feed.atom", updates.feed, name="updates_feed"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("data/", open_data.data, name="data"),
    path("data/schema.json", open_data.data_schema, name="data_schema"),
    path("data/datapackage.json", open_data.data_package_json, name="data_package"),
    path("data/<slug:kind>.json", open_data.data_json, name="data_json"),
    path("data/<slug:kind>.csv", open_data.data_csv, name="data_csv"),
    # Any other page of prose. Last, since a page of that address may exist or not.
    re_path(r"^(?:[a-z0-9-]+/)+$", views.page_detail, name="detail"),
]
