from django.urls import path

from annotation.views import exams, project_exam

urlpatterns = [
    path("work/<uuid:pk>/exam/", exams.exam, name="exam"),
    path("work/<uuid:pk>/exam/attempts/", exams.exam_start, name="exam-start"),
    path("work/exams/<uuid:pk>/", exams.exam_attempt, name="exam-attempt"),
    path("work/<uuid:pk>/practice/<int:number>/", exams.practice, name="practice"),
    path("projects/<uuid:pk>/exam/", project_exam.project_exam, name="project-exam"),
    path("projects/<uuid:pk>/exam/gold/", project_exam.project_exam_gold, name="project-exam-gold"),
    path("projects/<uuid:pk>/exam/removal/", project_exam.project_exam_removal, name="project-exam-removal"),
    path("projects/<uuid:pk>/exam/questions/<int:item>/void/", project_exam.exam_void, name="exam-void"),
]
