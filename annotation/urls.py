"""Every page of the work app: a module of addresses per topic, each a line here."""

from django.urls import URLPattern

from annotation.views import exam_urls, project_urls, review_urls, work_urls

TOPICS = (work_urls, exam_urls, project_urls, review_urls)
urlpatterns: list[URLPattern] = [address for topic in TOPICS for address in topic.urlpatterns]
