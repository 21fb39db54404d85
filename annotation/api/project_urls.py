from django.urls import path

from annotation.api import exports, hidden, projects, reviews, uploads

urlpatterns = [
    path("projects/", projects.ProjectsView.as_view(), name="api-projects"),
    path("projects/<uuid:pk>/", projects.ProjectView.as_view(), name="api-project"),
    path("projects/<uuid:pk>/progress/", projects.ProgressView.as_view(), name="api-project-progress"),
    path("projects/<uuid:pk>/schema/", projects.SchemaView.as_view(), name="api-project-schema"),
    path("projects/<uuid:pk>/quote/", projects.QuoteView.as_view(), name="api-project-quote"),
    path("projects/<uuid:pk>/funding/", projects.FundingView.as_view(), name="api-project-funding"),
    path("projects/<uuid:pk>/opening/", projects.OpeningView.as_view(), name="api-project-opening"),
    path("projects/<uuid:pk>/pause/", projects.PauseView.as_view(), name="api-project-pause"),
    path("projects/<uuid:pk>/closure/", projects.ClosureView.as_view(), name="api-project-closure"),
    path("projects/<uuid:pk>/uploads/", uploads.UploadsView.as_view(), name="api-uploads"),
    path("projects/<uuid:pk>/items/", uploads.ItemsView.as_view(), name="api-items"),
    path("projects/<uuid:pk>/hidden-items/", hidden.HiddenItemsView.as_view(), name="api-hidden-items"),
    path(
        "projects/<uuid:pk>/hidden-items/<int:item>/decision/",
        hidden.HiddenDecisionView.as_view(),
        name="api-hidden-decision",
    ),
    path("projects/<uuid:pk>/gold/", uploads.GoldView.as_view(), name="api-gold"),
    path("uploads/<uuid:pk>/", uploads.UploadView.as_view(), name="api-upload"),
    path("uploads/<uuid:pk>/errors/", uploads.UploadErrorsView.as_view(), name="api-upload-errors"),
    path("uploads/<uuid:pk>/import/", uploads.UploadImportView.as_view(), name="api-upload-import"),
    path("projects/<uuid:pk>/answers/", reviews.AnswersView.as_view(), name="api-project-answers"),
    path("projects/<uuid:pk>/acceptance/", reviews.AcceptanceView.as_view(), name="api-acceptance"),
    path("projects/<uuid:pk>/items/<int:item>/agreement/", reviews.AgreementView.as_view(), name="api-agreement"),
    path("answers/<uuid:pk>/verdict/", reviews.VerdictView.as_view(), name="api-verdict"),
    path("me/answers/", reviews.OwnAnswersView.as_view(), name="api-my-answers"),
    path("projects/<uuid:pk>/exports/", exports.ExportsView.as_view(), name="api-exports"),
    path("exports/<uuid:pk>/", exports.ExportView.as_view(), name="api-export"),
    path("exports/<uuid:pk>/file/", exports.ExportFileView.as_view(), name="api-export-file"),
]
