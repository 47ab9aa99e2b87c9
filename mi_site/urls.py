from django.contrib import admin
from django.urls import include, path

from partners.views import favicon, mark

urlpatterns = [
    path("admin/", admin.site.urls),
    path("mark.svg", mark, name="mark"),
    path("favicon.svg", favicon, name="favicon"),
    path("programmes/", include("programmes.urls")),
    path("partners/", include("partners.urls")),
    path("people/", include("people.urls")),
    path("topics/", include("topics.urls")),
    path("faq/", include("faq.urls")),
    path("", include("pages.urls")),
]

handler404 = "pages.views.not_found"
