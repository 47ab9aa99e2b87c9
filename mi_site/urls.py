from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from partners.views import favicon, mark
from publishing.preview import preview

from .views import robots, security, sitemap

urlpatterns = [
    path("admin/", admin.site.urls),
    re_path(r"^preview/(?P<key>[a-zA-Z0-9_-]+)/(?P<path>.*)$", preview, name="preview"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("robots.txt", robots, name="robots"),
    path(".well-known/security.txt", security, name="security"),
    path("security.txt", RedirectView.as_view(pattern_name="security", permanent=True)),
    path("mark.svg", mark, name="mark"),
    path("favicon.svg", favicon, name="favicon"),
    path("programmes/", include("programmes.urls")),
    path("partners/", include("partners.urls")),
    path("people/", include("people.urls")),
    path("topics/", include("topics.urls")),
    path("faq/", include("faq.urls")),
    path("find/", include("finder.urls")),
    path("enquire/", include("enquiries.urls")),
    path("", include("pages.urls")),
]

handler400 = "mi_site.views.bad_request"
handler404 = "finder.views.not_found"
