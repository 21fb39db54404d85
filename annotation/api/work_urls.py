from django.urls import path

from annotation.api import work, work_media, work_targets

urlpatterns = [
    path("work/projects/", work.WorkProjectsView.as_view(), name="api-work-projects"),
    path("work/projects/<uuid:pk>/", work.WorkProjectView.as_view(), name="api-work-project"),
    path("work/projects/<uuid:pk>/leases/", work.LeasesView.as_view(), name="api-leases"),
    path("work/leases/heartbeat/", work.HeartbeatView.as_view(), name="api-heartbeat"),
    path("work/leases/<uuid:pk>/", work.LeaseView.as_view(), name="api-lease"),
    path("work/leases/<uuid:pk>/draft/", work.DraftView.as_view(), name="api-draft"),
    path("work/leases/<uuid:pk>/skip/", work.SkipView.as_view(), name="api-skip"),
    path("work/answers/", work.AnswersView.as_view(), name="api-answers"),
    path("work/prefs/", work.WorkPrefsView.as_view(), name="api-work-prefs"),
    path("media/<uuid:pk>/", work_media.MediaView.as_view(), name="api-media"),
    path("projects/<uuid:pk>/targets/", work_targets.TargetsView.as_view(), name="api-targets"),
]
