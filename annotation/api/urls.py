"""Every address of the work app's API: a module of addresses per topic, each a line here."""

from django.urls import URLPattern

from annotation.api import work_urls

TOPICS = (work_urls,)  # project_urls follows with rewards.queries
urlpatterns: list[URLPattern] = [address for topic in TOPICS for address in topic.urlpatterns]
