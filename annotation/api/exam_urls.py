from django.urls import path

from annotation.api import exams

urlpatterns = [
    path("projects/<uuid:pk>/exam/", exams.ExamView.as_view(), name="api-exam"),
    path("projects/<uuid:pk>/exam/questions/", exams.ExamQuestionsView.as_view(), name="api-exam-questions"),
    path("projects/<uuid:pk>/exam/questions/<int:item>/void/", exams.ExamVoidView.as_view(), name="api-exam-void"),
    path("work/projects/<uuid:pk>/exam/", exams.WorkExamView.as_view(), name="api-work-exam"),
    path("work/projects/<uuid:pk>/exam/attempts/", exams.WorkExamAttemptsView.as_view(), name="api-exam-attempts"),
    path("work/exam-attempts/<uuid:pk>/", exams.ExamAttemptView.as_view(), name="api-exam-attempt"),
    path("work/exam-attempts/<uuid:pk>/answers/", exams.ExamAnswersView.as_view(), name="api-exam-answers"),
    path("work/projects/<uuid:pk>/practice/<int:number>/", exams.PracticeView.as_view(), name="api-practice"),
]
