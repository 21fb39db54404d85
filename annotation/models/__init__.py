from annotation.models.appeal import Appeal, AppealStep, RejectionHold
from annotation.models.comment import Comment, CommentThread
from annotation.models.exam import Exam, ExamAnswer, ExamAttempt, ExamPass, ExamVoid
from annotation.models.insider import Insider
from annotation.models.item import GoldAnswer, HiddenItem, Item, ItemTarget, Media, Upload, UploadError
from annotation.models.project import Project, SchemaVersion
from annotation.models.second_pay import SecondPay
from annotation.models.summary import ClientSummary, GoldSummary, ProjectSummary, ReviewerSummary, SummaryRun
from annotation.models.work import (
    AnnotatorProgress,
    Answer,
    AnswerRevision,
    Assignment,
    Consensus,
    Export,
    Resolution,
    Verdict,
)

__all__ = [
    "AnnotatorProgress",
    "Answer",
    "AnswerRevision",
    "Appeal",
    "AppealStep",
    "Assignment",
    "ClientSummary",
    "Comment",
    "CommentThread",
    "Consensus",
    "Exam",
    "ExamAnswer",
    "ExamAttempt",
    "ExamPass",
    "ExamVoid",
    "Export",
    "GoldAnswer",
    "GoldSummary",
    "HiddenItem",
    "Insider",
    "Item",
    "ItemTarget",
    "Media",
    "Project",
    "ProjectSummary",
    "RejectionHold",
    "Resolution",
    "ReviewerSummary",
    "SchemaVersion",
    "SecondPay",
    "SummaryRun",
    "Upload",
    "UploadError",
    "Verdict",
]
