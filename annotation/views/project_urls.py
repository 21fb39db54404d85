from django.urls import path

from annotation.views import dashboard, exports, funding, gold, projects, uploads, wizard

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("projects/", projects.project_list, name="project-list"),
    path("projects/new/", wizard.project_create, name="project-create"),
    path("projects/<uuid:pk>/", projects.project_detail, name="project-detail"),
    path("projects/<uuid:pk>/edit/", projects.project_edit, name="project-edit"),
    path("projects/<uuid:pk>/items/", projects.project_items, name="project-items"),
    path("projects/<uuid:pk>/items/<int:item>/", projects.project_item, name="project-item"),
    path("projects/<uuid:pk>/annotators/", projects.project_people, name="project-people"),
    path("projects/<uuid:pk>/history/", projects.project_audit, name="project-audit"),
    path("projects/<uuid:pk>/pause/", projects.project_pause, name="project-pause"),
    path("projects/<uuid:pk>/resumption/", projects.project_resume, name="project-resume"),
    path("projects/<uuid:pk>/closure/", projects.project_closure, name="project-closure"),
    path("projects/<uuid:pk>/exports/", exports.exports, name="project-exports"),
    path("projects/exports/<uuid:pk>/file/", exports.export_file, name="export-file"),
    # The wizard.
    path("projects/<uuid:pk>/setup/", wizard.wizard, name="wizard"),
    path("projects/<uuid:pk>/setup/data/", uploads.data, name="wizard-data"),
    path("projects/<uuid:pk>/setup/interface/", wizard.interface, name="wizard-interface"),
    path("projects/<uuid:pk>/setup/instructions/", wizard.instructions, name="wizard-instructions"),
    path("projects/<uuid:pk>/setup/quality/", wizard.quality, name="wizard-quality"),
    path("projects/<uuid:pk>/setup/gold/", gold.gold, name="wizard-gold"),
    path("projects/<uuid:pk>/setup/targets/", gold.targets, name="wizard-targets"),
    path("projects/<uuid:pk>/setup/price/", wizard.price, name="wizard-price"),
    path("projects/<uuid:pk>/setup/funding/", funding.funding, name="wizard-funding"),
    path("projects/<uuid:pk>/setup/funding/request/", funding.funding_request, name="funding-request"),
    path("projects/<uuid:pk>/setup/funding/deposit/", funding.funding_announce, name="funding-announce"),
    path("projects/<uuid:pk>/setup/opening/", wizard.opening, name="wizard-opening"),
    path("projects/<uuid:pk>/opening/", wizard.project_open, name="project-open"),
    path("projects/uploads/<uuid:pk>/", uploads.upload_detail, name="upload-detail"),
    path("projects/uploads/<uuid:pk>/errors.csv", uploads.upload_errors, name="upload-errors"),
    path("projects/uploads/<uuid:pk>/import/", uploads.upload_import, name="upload-import"),
    path("projects/uploads/<uuid:pk>/discard/", uploads.upload_discard, name="upload-discard"),
]
