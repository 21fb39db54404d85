from django.urls import path

from annotation.views import appeals, comments, my_answers, own_figures, quality, review, reviewer_scores

urlpatterns = [
    path("reviews/", review.review_all, name="review-all"),
    path("projects/<uuid:pk>/reviews/", review.review_queue, name="review-queue"),
    path("projects/<uuid:pk>/reviews/acceptance/", review.review_accept_all, name="review-accept-all"),
    path("projects/<uuid:pk>/reviews/<int:item>/", review.review_item, name="review-item"),
    path("projects/<uuid:pk>/reviews/<int:item>/agreement/", review.review_agreeing, name="review-agreeing"),
    path("me/figures/", own_figures.my_figures, name="my-figures"),
    path("me/figures/<uuid:pk>/", own_figures.my_project_figures, name="my-project-figures"),
    path("me/answers/", my_answers.my_answers, name="my-answers"),
    path("me/answers/<uuid:pk>/", my_answers.my_answer, name="my-answer"),
    path("me/answers/<uuid:pk>/appeal/", appeals.my_answer_appeal, name="my-answer-appeal"),
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/<uuid:pk>/", appeals.appeal, name="appeal"),
    path("quality/appeals/", appeals.quality_appeals, name="quality-appeals"),
    path("quality/holds/<uuid:pk>/decision/", appeals.hold_decide, name="hold-decide"),
    path("quality/", quality.quality, name="quality"),
    path("quality/annotators/", quality.annotators, name="quality-annotators"),
    path("quality/reviewers/", quality.reviewers, name="quality-reviewers"),
    path("quality/reviewers/<uuid:person>/", reviewer_scores.quality_reviewer, name="quality-reviewer"),
    path("me/reviewing/", reviewer_scores.my_reviewing, name="my-reviewing"),
    path("threads/<uuid:pk>/comments/", comments.thread_reply, name="thread-reply"),
    path("threads/<uuid:pk>/resolution/", comments.thread_resolve, name="thread-resolve"),
    path("answers/<uuid:pk>/verdict/", review.review_decide, name="review-decide"),
]
