"""Every address of the product. Each app brings its own; this file only says where they hang."""

from typing import Any

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from config import machine_views, views
from config.api_docs import ApiDocsView

api: list[Any] = [
    path("", include("accounts.api.urls")),
    path("", include("rewards.api.urls")),
    path("", include("annotation.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", ApiDocsView.as_view(), name="api-docs"),
]

urlpatterns = [
    path("", views.landing, name="landing"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("theme/", views.set_theme, name="set-theme"),
    path("health/live/", machine_views.live, name="health-live"),
    path("health/ready/", machine_views.ready, name="health-ready"),
    path("metrics/", machine_views.metrics, name="metrics"),
    path("robots.txt", machine_views.robots, name="robots"),
    path("favicon.ico", machine_views.favicon, name="favicon"),
    path(".well-known/security.txt", machine_views.security_note, name="security-note"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("rewards.urls")),
    path("", include("annotation.urls")),
    path("api/v1/", include(api)),
]
handler400 = "config.views.bad_request"
handler403 = "config.views.permission_denied"
handler404 = "config.views.page_not_found"
handler500 = "config.views.server_error"
