from django.urls import path

from annotation.views import media, work

urlpatterns = [
    path("work/", work.work_list, name="work"),
    path("work/<uuid:pk>/", work.workbench, name="workbench"),
    path("media/<uuid:pk>/", media.media, name="media"),
]
