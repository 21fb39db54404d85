import json

import pytest
from django.urls import reverse

from accounts.tests.factories import make_key
from annotation.domain.exam_attempts import current_question, start_attempt
from annotation.models import Exam, ExamAttempt, ExamPass, ExamVoid, GoldAnswer, Insider
from annotation.tests.domain.test_exams import answer_to, let_time_pass, sit
from annotation.tests.factories import make_draft, make_exam, make_gold, make_project, make_user

pytestmark = pytest.mark.django_db
PAY = {"pay_minor": 250_000, "paid_budget": 10}


def rules(**changes):
    return {
        "questions": 2, "pass_mark": 100, "minutes": 20, "attempts_most": 3, "cooldown_hours": 24, "valid_days": "",
        "pay": "0.25", "pay_mark": 100, "paid_attempts": 1, "paid_budget": 50,
    } | changes  # fmt: skip


def send(client, attempt, *, is_right=True):
    question = current_question(attempt)
    value = json.dumps(answer_to(question, is_right=is_right))
    return client.post(
        reverse("exam-attempt", args=[attempt.pk]), {"number": question.number, "value": value}, follow=True
    )


# Annotators.


def test_the_list_of_work_tells_what_the_exam_is_like_and_leads_to_it(client):
    project, worker = make_project(), make_user()
    make_exam(project, seconds=1200, **PAY)
    client.force_login(worker)

    page = client.get(reverse("work")).content.decode()

    assert "This project asks for an exam first." in page
    assert "2 questions, 20 minutes" in page
    assert reverse("exam", args=[project.pk]) in page
    assert "0.25" in page


def test_the_list_of_work_asks_as_often_for_three_exams_as_for_one(client, django_assert_num_queries):
    worker = make_user()
    client.force_login(worker)
    make_exam(make_project(), practice=1)
    client.get(reverse("work"))
    with django_assert_num_queries(len(_statements(client, reverse("work")))):
        client.get(reverse("work"))
    one = len(_statements(client, reverse("work")))
    for _each in range(2):
        make_exam(make_project())

    assert len(_statements(client, reverse("work"))) == one


def _statements(client, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        client.get(address)
    return caught.captured_queries


def test_the_workbench_leads_to_the_exam_and_after_it_opens(client):
    project, worker = make_project(), make_user()
    exam = make_exam(project)
    client.force_login(worker)

    before = client.get(reverse("workbench", args=[project.pk]))
    sit(exam, worker)
    after = client.get(reverse("workbench", args=[project.pk]))

    assert (before.status_code, before["Location"]) == (302, reverse("exam", args=[project.pk]))
    assert after.status_code == 200


def test_an_exam_is_taken_question_by_question_and_ends_with_feedback(client):
    project, worker = make_project(), make_user()
    make_exam(project, **PAY)
    client.force_login(worker)
    offer = client.get(reverse("exam", args=[project.pk])).content.decode()
    assert "Start the exam" in offer

    first = client.post(reverse("exam-start", args=[project.pk]), follow=True)
    attempt = ExamAttempt.objects.get()
    assert "Question 1 of 2" in first.content.decode()
    assert "expected" not in first.content.decode().lower().replace("unexpected", "")
    send(client, attempt)
    result = send(client, attempt, is_right=False).content.decode()

    attempt.refresh_from_db()
    assert (attempt.state, attempt.right) == ("failed", 1)
    assert "1 of 2 right" in result
    assert "Not passed yet" in result
    assert "Why " in result  # the explanation
    offer = client.get(reverse("exam", args=[project.pk])).content.decode()
    assert "Wait a little" in offer
    assert "Start the exam" not in offer


def test_whoever_passes_is_led_to_the_work(client):
    project, worker = make_project(), make_user()
    exam = make_exam(project, **PAY)
    client.force_login(worker)
    attempt = start_attempt(exam, user=worker)
    send(client, attempt)

    result = send(client, attempt).content.decode()

    assert "You have passed" in result
    assert reverse("workbench", args=[project.pk]) in result
    assert "Paid for this attempt:" in result
    assert "It holds for good." in client.get(reverse("exam", args=[project.pk])).content.decode()


def test_an_empty_answer_is_explained_and_the_question_stays(client):
    worker = make_user()
    attempt = start_attempt(make_exam(make_project()), user=worker)
    client.force_login(worker)

    refused = client.post(reverse("exam-attempt", args=[attempt.pk]), {"number": 1, "value": "{}"})

    strange = client.post(reverse("exam-attempt", args=[attempt.pk]), {"number": 1, "value": '{"sentiment": "meh"}'})

    assert (refused.status_code, strange.status_code) == (422, 422)
    assert "Answer the question first." in refused.content.decode()
    assert "The answer cannot be taken as it is." in strange.content.decode()
    assert "Question 1 of 2" in strange.content.decode()


def test_a_double_submit_answers_one_question(client):
    worker = make_user()
    attempt = start_attempt(make_exam(make_project()), user=worker)
    client.force_login(worker)
    value = json.dumps(answer_to(current_question(attempt)))

    for _each in range(2):
        client.post(reverse("exam-attempt", args=[attempt.pk]), {"number": 1, "value": value})

    assert attempt.answers.exclude(answered_at=None).count() == 1


def test_what_was_not_answered_is_not_shown_afterwards(client):
    worker = make_user()
    exam = make_exam(make_project())
    attempt = start_attempt(exam, user=worker)
    client.force_login(worker)
    send(client, attempt)
    let_time_pass(exam, days=1)

    page = client.get(reverse("exam-attempt", args=[attempt.pk])).content.decode()

    assert "1 question was not answered; it is not shown." in page
    hidden = attempt.answers.get(answered_at=None)
    assert hidden.item.data["text"] not in page


def test_an_attempt_of_somebody_else_is_not_there(client):
    attempt = start_attempt(make_exam(make_project()), user=make_user())
    client.force_login(make_user())

    assert client.get(reverse("exam-attempt", args=[attempt.pk])).status_code == 404


def test_a_project_without_an_exam_has_no_page_of_one(client):
    client.force_login(make_user())

    assert client.get(reverse("exam", args=[make_project().pk])).status_code == 404


def test_practice_says_at_once_what_is_right_and_why_and_keeps_nothing(client):
    project = make_project()
    make_exam(project, practice=2)
    client.force_login(make_user())
    address = reverse("practice", args=[project.pk, 1])

    asked = client.get(address).content.decode()
    wrong = client.post(address, {"number": 1, "value": json.dumps({"sentiment": "pos"})}).content.decode()
    right = client.post(address, {"number": 1, "value": json.dumps({"sentiment": "neg"})}).content.decode()

    assert "Because 0" not in asked
    assert "Not right" in wrong
    assert "Because 0" in wrong
    assert "Right" in right
    assert ExamAttempt.objects.count() == 0
    assert client.get(reverse("practice", args=[project.pk, 3])).status_code == 404


def test_no_practice_question_is_in_the_exam_and_none_of_either_is_given_as_work():
    project, worker = make_project(items=1, gold_percent=50), make_user()
    exam = make_exam(project, pool=3, practice=3, questions=3)
    attempt = sit(exam, worker)

    uses = set(GoldAnswer.objects.filter(item__in=attempt.answers.values("item")).values_list("use", flat=True))

    assert uses == {"exam"}


# Clients.


def test_a_client_requires_an_exam_of_a_draft_and_sets_gold_aside(client):
    project = make_draft()
    for n in range(4):
        make_gold(project, "pos" if n % 2 else "neg")
    client.force_login(project.created_by)
    address = reverse("project-exam", args=[project.pk])

    assert "Require this exam" in client.get(address).content.decode()
    client.post(address, rules())
    client.post(reverse("project-exam-gold", args=[project.pk]), {"exam": 3, "practice": 1})
    page = client.get(address).content.decode()

    exam = Exam.objects.get(project=project)
    assert (exam.seconds, exam.cooldown_seconds, int(exam.pay_minor), exam.valid_days) == (1200, 86_400, 250_000, None)
    assert "Of 4 gold items, 3 are for the exam and 1 for practice." in page
    assert "without looking is paid" in page  # two of two questions, by chance
    client.post(reverse("project-exam-removal", args=[project.pk]))
    assert not Exam.objects.exists()


def test_rules_that_cannot_be_are_explained_at_their_field(client):
    project = make_draft()
    client.force_login(project.created_by)

    page = client.post(reverse("project-exam", args=[project.pk]), rules(pay="a lot", pay_mark=101))

    assert page.status_code == 422
    assert "Write a plain number such as 0.05" in page.content.decode()


def test_once_open_only_rules_without_money_change(client):
    project = make_project()
    make_exam(project)
    client.force_login(project.created_by)

    client.post(reverse("project-exam", args=[project.pk]), rules(attempts_most=5, pay="9", questions=4))

    exam = Exam.objects.get(project=project)
    assert (exam.attempts_most, int(exam.pay_minor), exam.questions) == (5, 0, 2)


def test_a_suspect_question_is_flagged_and_voided(client):
    project = make_project()
    exam = make_exam(project, questions=1, pool=2)
    for _each in range(24):
        sit(exam, make_user(), right=0)
    client.force_login(project.created_by)
    address = reverse("project-exam", args=[project.pk])

    page = client.get(address).content.decode()
    item = GoldAnswer.objects.filter(use="exam").first().item_id
    client.post(reverse("exam-void", args=[project.pk, item]), {"reason": "Both are right."})

    assert "Most people miss it" in page
    assert ExamVoid.objects.get().reason == "Both are right."
    assert "Both are right." in client.get(address).content.decode()
    assert Insider.objects.filter(project=project, user=project.created_by).exists()


def test_gold_is_given_its_use_by_file_and_by_hand(client):
    project = make_draft(items=2)
    client.force_login(project.created_by)
    item = project.items.first()

    client.post(
        reverse("item-gold", args=[project.pk, item.pk]),
        {"value": json.dumps({"sentiment": "pos"}), "explanation": "Plain.", "use": "exam"},
    )

    assert GoldAnswer.objects.get().use == "exam"


# The API.


def test_the_whole_way_by_the_api(client):
    project, worker = make_project(), make_user()
    make_exam(project, practice=1, **PAY)
    head = {"HTTP_AUTHORIZATION": f"Bearer {make_key(worker)[1]}", "content_type": "application/json"}

    offer = client.get(reverse("api-work-exam", args=[project.pk]), **head).json()
    attempt = client.post(reverse("api-exam-attempts", args=[project.pk]), {}, **head).json()
    while question := attempt["question"]:
        row = ExamAttempt.objects.get().answers.get(number=question["number"])
        attempt = client.post(
            reverse("api-exam-answers", args=[attempt["id"]]),
            {"number": question["number"], "result": row.expected}, **head,
        ).json()  # fmt: skip

    assert (offer["may_start"], offer["pay"]["minor"], offer["practice_questions"]) == (True, "250000", 1)
    assert (attempt["state"], attempt["is_paid"], len(attempt["feedback"])) == ("passed", True, 2)
    assert ExamPass.objects.filter(user=worker).exists()
    practice = client.get(reverse("api-practice", args=[project.pk, 1]), **head).json()
    assert (practice["of"], "explanation" in practice) == (1, False)
    done = client.post(reverse("api-practice", args=[project.pk, 1]), {"result": {"sentiment": "neg"}}, **head).json()
    assert (done["is_right"], done["explanation"]) == (True, "Because 0")


def test_a_client_rules_by_the_api(client):
    project = make_draft()
    make_gold(project)
    head = {"HTTP_AUTHORIZATION": f"Bearer {make_key(project.created_by)[1]}", "content_type": "application/json"}
    address = reverse("api-exam", args=[project.pk])

    assert client.get(address, **head).status_code == 404
    made = client.put(address, {"questions": 1, "pay_minor": "5000", "paid_budget": 3}, **head)
    shared = client.post(reverse("api-exam-questions", args=[project.pk]), {"exam": 1}, **head)
    questions = client.get(reverse("api-exam-questions", args=[project.pk]), **head).json()["results"]
    quote = client.get(reverse("api-project-quote", args=[project.pk]), **head).json()["quote"]

    assert (made.status_code, made.json()["pay_minor"], made.json()["pass_mark"]) == (200, "5000", 80)
    assert (shared.status_code, len(questions), questions[0]["takers"]) == (204, 1, 0)
    assert (quote["exams"], quote["exams_amount"]["minor"]) == (3, "15000")
    wrong = client.put(address, {"pay_mark": 90, "pass_mark": 80}, **head)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "pay_mark")
    assert client.delete(address, **head).status_code == 204
