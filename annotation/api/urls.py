"""Every address of the work app's API: a module of addresses per topic, each a line here."""

from django.urls import URLPattern

from annotation.api import exam_urls, project_urls, work_urls

TOPICS = (work_urls, exam_urls, project_urls)
urlpatterns: list[URLPattern] = [address for topic in TOPICS for address in topic.urlpatterns]
