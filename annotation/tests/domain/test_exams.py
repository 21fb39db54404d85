import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from annotation.domain.accrual import accrue_earnings
from annotation.domain.exam_attempts import (
    answer_question,
    current_question,
    end_if_over,
    end_overdue_attempts,
    start_attempt,
)
from annotation.domain.exam_voids import void_question
from annotation.domain.exams import missing_exam, remove_exam, set_exam, share_out_gold
from annotation.domain.gold import mark_gold
from annotation.domain.lease import lease_items
from annotation.domain.project import current_quote
from annotation.exam_rules import blind_chance, is_suspect, reaches, wait_after
from annotation.exceptions import AnnotationError
from annotation.kinds.schema import parse_schema
from annotation.models import Answer, Exam, ExamAnswer, ExamAttempt, ExamPass, ExamVoid, GoldAnswer, Project
from annotation.queries.exams import prospect_of, prospects_of, question_figures, suspects_of
from annotation.queries.open_work import has_open_work
from annotation.tests.factories import SENTIMENT, make_draft, make_exam, make_gold, make_project, make_team, make_user
from lib.exceptions import InvalidInput
from rewards.models import Earning
from rewards.tests.factories import make_funded_escrow, make_token

pytestmark = pytest.mark.django_db
PAY = {"pay_minor": 1_000, "pay_mark": 50, "paid_budget": 10}


def sit(exam, user, *, right=None, attempt=None):
    """Take an attempt to its end: `right` questions rightly, the rest wrongly (None: all rightly)."""
    attempt = attempt or start_attempt(exam, user=user)
    while question := current_question(attempt):
        is_right = right is None or question.number <= right
        attempt = answer_question(attempt, number=question.number, result=answer_to(question, is_right=is_right))
    return attempt


def answer_to(question, *, is_right=True):
    other = {"pos": "neg", "neg": "pos"}
    value = question.expected["sentiment"]
    return {"sentiment": value if is_right else other[value]}


def let_time_pass(exam, **shift):
    """What is written moves back, as if the clock had moved on."""
    for attempt in ExamAttempt.objects.filter(exam=exam):
        moment = timedelta(**shift)
        attempt.started_at -= moment
        attempt.expires_at -= moment
        attempt.finished_at = attempt.finished_at and attempt.finished_at - moment
        attempt.save()


# The rules, without a database.


def test_a_mark_is_reached_in_whole_numbers_and_never_by_nothing():
    assert [reaches(7, 9, 78), reaches(4, 5, 80), reaches(0, 0, 1), reaches(8, 10, 80)] == [False, True, False, True]


def test_the_cool_down_doubles_up_to_a_month():
    assert [wait_after(n, 3600) for n in (0, 1, 2, 3)] == [timedelta(hours=h) for h in (0, 1, 2, 4)]
    assert wait_after(60, 3600) == timedelta(days=30)


def test_a_question_is_suspect_only_when_the_whole_interval_lies_above_a_half():
    assert [is_suspect(9, 9), is_suspect(10, 6), is_suspect(10, 9), is_suspect(100, 61)] == [False, False, True, True]


def test_blind_clicking_and_one_answer_to_all_are_both_counted():
    schema = parse_schema(SENTIMENT)
    even, skewed = [{"sentiment": "pos"}, {"sentiment": "neg"}], [{"sentiment": "pos"}] * 9 + [{"sentiment": "neg"}]

    assert blind_chance(schema, even, questions=2, mark=100) == pytest.approx(0.25)
    assert blind_chance(schema, even, questions=10, mark=80) == pytest.approx(56 / 1024)
    assert blind_chance(schema, skewed, questions=10, mark=80) > 0.9


# A client's side.


def test_an_exam_is_required_changed_and_removed_in_a_draft():
    project = make_draft()
    gold = make_gold(project).gold
    set_exam(project, actor=project.created_by, questions=1, pass_mark=90)
    mark_gold(gold.item, actor=project.created_by, value={"sentiment": "neg"}, use="exam")

    exam = set_exam(project, actor=project.created_by, pass_mark=80)
    unchanged = set_exam(project, actor=project.created_by, pass_mark=80)

    gold.refresh_from_db()
    assert (exam.pass_mark, exam.questions, exam.version, unchanged.version, gold.use) == (80, 1, 2, 2, "exam")
    remove_exam(project, actor=project.created_by)
    remove_exam(project, actor=project.created_by)
    gold.refresh_from_db()
    assert (Exam.objects.count(), gold.use) == (0, "probe")


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"questions": 0}, "questions"),
        ({"pass_mark": 101}, "pass_mark"),
        ({"pass_mark": 50, "pay_mark": 60}, "pay_mark"),
        ({"seconds": 1}, "seconds"),
        ({"attempts_most": 0}, "attempts_most"),
        ({"paid_attempts": 6}, "paid_attempts"),
        ({"pay_minor": 2**128}, "pay_minor"),
    ],
)
def test_rules_that_cannot_be_are_refused_by_their_field(rules, field):
    project = make_draft()

    with pytest.raises(InvalidInput) as refused:
        set_exam(project, actor=project.created_by, **rules)

    assert [each.path for each in refused.value.errors] == [field]


def test_money_and_questions_are_fixed_once_people_may_work_and_the_other_rules_are_not():
    project = make_project()
    make_exam(project)

    for rules in ({"pay_minor": 5}, {"questions": 3}, {"paid_budget": 7}):
        with pytest.raises(AnnotationError, match="part of the price"):
            set_exam(project, actor=project.created_by, **rules)
    assert set_exam(project, actor=project.created_by, pass_mark=100, attempts_most=5).attempts_most == 5
    with pytest.raises(AnnotationError, match="part of the price"):
        remove_exam(project, actor=project.created_by)


def test_gold_is_shared_out_by_lot_and_what_is_set_aside_is_no_probe_and_costs_nothing():
    project = make_draft(items=10, gold_percent=10)
    for _each in range(6):
        make_gold(project)
    before = current_quote(project)

    share_out_gold(project, actor=project.created_by, exam=3, practice=2)

    uses = list(GoldAnswer.objects.filter(item__project=project).values_list("use", flat=True))
    after = current_quote(project)
    assert sorted(uses) == ["exam", "exam", "exam", "practice", "practice", "probe"]
    assert (before.gold_items, after.gold_items, after.items) == (6, 1, 10)
    with pytest.raises(InvalidInput):
        share_out_gold(project, actor=project.created_by, exam=5, practice=2)


def test_the_quote_holds_the_exam_and_its_fee():
    project = make_draft(items=10)
    without = current_quote(project)
    make_exam(project, pay_minor=1_000, paid_budget=20)

    price = current_quote(project)

    assert (price.exams, price.exams_minor, price.rewards_minor) == (20, 20_000, without.rewards_minor + 20_000)
    assert price.total_minor == price.rewards_minor + price.rewards_minor * 500 // 10_000


def test_a_draft_says_what_its_exam_lacks():
    project = make_draft()
    exam = make_exam(project, questions=5, pool=4)
    assert "asks 5 questions, and 4 gold items" in missing_exam(project)[0].message

    Exam.objects.filter(pk=exam.pk).update(questions=2, **PAY)
    assert "without looking is paid 75 times of 100" in missing_exam(project)[0].message

    Exam.objects.filter(pk=exam.pk).update(questions=4, pay_mark=100)
    assert missing_exam(project) == []

    exam.delete()
    assert "the project has none" in missing_exam(project)[0].message


# Taking it.


def test_nobody_gets_work_before_he_has_passed_and_everybody_who_has_does():
    project, worker = make_project(items=3), make_user()
    exam = make_exam(project)

    refused = lease_items(project.pk, user=worker, n=2)
    attempt = sit(exam, worker)
    given = lease_items(project.pk, user=worker, n=2)

    assert (refused.state, [why.code for why in refused.why]) == ("not_eligible", ["exam"])
    assert (attempt.state, attempt.right, attempt.counted) == ("passed", 2, 2)
    assert (given.state, len(given.leases)) == ("ok", 2)
    assert [letter.subject for letter in mail.outbox if worker.email in letter.to] == []  # sent once it is committed


def test_exam_answers_are_no_answers_of_the_project():
    project, worker = make_project(items=3), make_user()
    sit(make_exam(project), worker, right=1)

    assert Answer.objects.count() == 0
    assert not project.items.filter(answered__gt=0).exists()
    assert not project.items.filter(taken__gt=0).exists()


def test_a_failed_exam_waits_out_its_cool_down_and_asks_other_questions():
    project, worker = make_project(items=3), make_user()
    exam = make_exam(project, questions=2, pool=4)
    failed = sit(exam, worker, right=1)
    assert failed.state == "failed"
    with pytest.raises(AnnotationError, match="The next attempt begins at"):
        start_attempt(exam, user=worker)

    let_time_pass(exam, minutes=61)
    again = start_attempt(exam, user=worker)

    first, second = (set(each.answers.values_list("item", flat=True)) for each in (failed, again))
    assert first.isdisjoint(second)
    assert sit(exam, worker, attempt=again).state == "passed"
    assert lease_items(project.pk, user=worker, n=1).state == "ok"


def test_what_was_asked_longest_ago_comes_again_when_there_is_nothing_new():
    exam, worker = make_exam(make_project(), questions=2, pool=3), make_user()
    first = sit(exam, worker, right=0)
    let_time_pass(exam, hours=2)
    second = sit(exam, worker, right=0)

    news = list(second.answers.order_by("number").values_list("is_first_time", flat=True))
    assert sorted(news) == [False, True]
    assert set(first.answers.values_list("is_first_time", flat=True)) == {True}


def test_attempts_run_out():
    exam, worker = make_exam(make_project(), attempts_most=2), make_user()
    for _each in range(2):
        sit(exam, worker, right=0)
        let_time_pass(exam, days=31)

    with pytest.raises(AnnotationError, match="used all your attempts"):
        start_attempt(exam, user=worker)
    assert (prospect_of(worker, exam).left, prospect_of(worker, exam).may_start) == (0, False)


def test_a_pass_that_has_run_out_asks_again_and_begins_from_the_first_attempt():
    project, worker = make_project(), make_user()
    exam = make_exam(project, valid_days=30, attempts_most=1)
    sit(exam, worker)
    ExamPass.objects.update(valid_until=timezone.now() - timedelta(days=1))
    let_time_pass(exam, days=31)

    assert lease_items(project.pk, user=worker, n=1).state == "not_eligible"
    assert sit(exam, worker).state == "passed"
    assert lease_items(project.pk, user=worker, n=1).state == "ok"


def test_starting_twice_goes_on_with_what_was_begun():
    exam, worker = make_exam(make_project()), make_user()

    assert start_attempt(exam, user=worker) == start_attempt(exam, user=worker)
    assert ExamAttempt.objects.count() == 1


def test_the_same_answer_twice_is_one_and_another_is_refused():
    exam, worker = make_exam(make_project()), make_user()
    attempt = start_attempt(exam, user=worker)
    question = current_question(attempt)

    for _each in range(2):
        answer_question(attempt, number=1, result=answer_to(question))
    with pytest.raises(AnnotationError) as refused:
        answer_question(attempt, number=1, result=answer_to(question, is_right=False))

    assert refused.value.code == "already_answered"
    assert attempt.answers.filter(answered_at__isnull=False).count() == 1


def test_an_answer_that_does_not_fit_and_a_question_that_is_not_there_are_refused():
    attempt = start_attempt(make_exam(make_project()), user=make_user())

    with pytest.raises(InvalidInput):
        answer_question(attempt, number=1, result={"sentiment": "meh"})
    with pytest.raises(AnnotationError) as refused:
        answer_question(attempt, number=99, result={"sentiment": "pos"})
    assert refused.value.status == 404


def test_when_the_clock_ends_what_is_missing_is_not_right():
    exam, worker = make_exam(make_project(), **PAY), make_user()
    attempt = start_attempt(exam, user=worker)
    question = current_question(attempt)
    let_time_pass(exam, hours=1)
    attempt.refresh_from_db()

    late = answer_question(attempt, number=1, result=answer_to(question))

    assert (late.state, late.right, late.counted, late.is_paid) == ("expired", 0, 2, False)
    assert end_if_over(late).state == "expired"


def test_the_timetable_ends_what_its_people_left():
    exam = make_exam(make_project())
    for _each in range(2):
        start_attempt(exam, user=make_user())
    let_time_pass(exam, hours=1)

    assert (end_overdue_attempts(), end_overdue_attempts()) == (2, 0)
    assert set(ExamAttempt.objects.values_list("state", flat=True)) == {"expired"}


def test_an_attempt_keeps_the_rules_and_the_right_answers_it_began_with():
    project, worker = make_project(), make_user()
    exam = make_exam(project, pass_mark=50, pay_mark=50)
    attempt = start_attempt(exam, user=worker)

    set_exam(project, actor=project.created_by, pass_mark=100)
    GoldAnswer.objects.filter(use="exam").update(value={"sentiment": "pos"})

    assert sit(exam, worker, right=1, attempt=attempt).state == "passed"


@pytest.mark.parametrize("state", ["paused", "closing", "closed"])
def test_no_exam_begins_where_no_work_is_given_out(state):
    project, worker = make_project(), make_user()
    exam = make_exam(project)
    Project.objects.filter(pk=project.pk).update(state=state)

    with pytest.raises(AnnotationError):
        start_attempt(exam, user=worker)
    assert ExamAttempt.objects.count() == 0


def test_neither_the_client_nor_who_has_nothing_to_hope_for_takes_the_exam():
    project = make_project(items=0)
    exam = make_exam(project)

    for person in (make_user(), project.created_by):
        with pytest.raises(AnnotationError):
            start_attempt(exam, user=person)


# Money.


def test_an_attempt_that_reaches_its_mark_is_paid_once_and_in_the_ledger():
    owner, worker, token = make_user("owner"), make_user(), make_token()
    team = make_team(owner=owner)
    escrow = make_funded_escrow(token, team=team, rewards_minor=10**9)
    project = make_project(team=team, owner=owner, token=token, escrow=escrow)
    exam = make_exam(project, **PAY)

    attempt = sit(exam, worker, right=1)

    assert (attempt.state, attempt.is_paid) == ("failed", True)
    assert has_open_work(project)
    assert (accrue_earnings(), accrue_earnings()) == (1, 0)
    earned = Earning.objects.get(reference_id=attempt.pk)
    assert (earned.reason, int(earned.amount), earned.user) == ("exam", 1_000, worker)
    assert not has_open_work(project)


def test_below_the_mark_nothing_is_paid_and_the_next_attempt_may_be():
    exam, worker = make_exam(make_project(), **PAY), make_user()

    assert sit(exam, worker, right=0).is_paid is False
    let_time_pass(exam, hours=2)
    again = start_attempt(exam, user=worker)
    assert int(again.pay_minor) == 1_000


def test_one_person_is_paid_so_often_and_all_together_so_often():
    project = make_project()
    exam = make_exam(project, pool=8, **PAY | {"paid_budget": 2})
    first, second, third = make_user(), make_user(), make_user()
    sit(exam, first, right=1)
    let_time_pass(exam, hours=2)

    assert int(start_attempt(exam, user=first).pay_minor) == 0
    # One place of the budget is left: whoever is under way holds it, and gives it back by failing.
    holder = start_attempt(exam, user=second)
    assert (int(holder.pay_minor), prospect_of(third, exam).pay_minor) == (1_000, 0)
    sit(exam, second, right=0, attempt=holder)
    assert prospect_of(third, exam).pay_minor == 1_000


def test_a_closing_project_waits_for_promised_pay_and_for_nothing_else():
    project = make_project()
    exam = make_exam(project, **PAY | {"paid_budget": 1})
    start_attempt(exam, user=make_user())
    assert has_open_work(project)

    ExamAttempt.objects.update(pay_minor=0)
    assert not has_open_work(project)


# Bad questions.


def test_a_voided_question_counts_for_nobody_and_lets_in_who_passes_without_it(django_capture_on_commit_callbacks):
    project = make_project(items=4)
    exam = make_exam(project, questions=2, pool=2, **PAY | {"pay_mark": 100})
    passed, nearly, far = make_user(), make_user(), make_user()
    sit(exam, passed)
    bad = GoldAnswer.objects.filter(use="exam").first().item_id
    for person, right in ((nearly, lambda q: q.item_id != bad), (far, lambda q: q.item_id == bad)):
        attempt = start_attempt(exam, user=person)
        while question := current_question(attempt):
            attempt = answer_question(
                attempt, number=question.number, result=answer_to(question, is_right=right(question))
            )
        assert attempt.state == "failed"

    with django_capture_on_commit_callbacks(execute=True):
        void = void_question(project, item=bad, actor=project.created_by, reason="Its right answer is wrong.")

    states = dict(ExamAttempt.objects.values_list("user", "state"))
    assert (states[passed.pk], states[nearly.pk], states[far.pk]) == ("passed", "passed", "failed")
    assert (void.let_in, void.made_good) == (1, 1)
    assert lease_items(project.pk, user=nearly, n=1).state == "ok"
    assert lease_items(project.pk, user=far, n=1).state == "not_eligible"
    assert [letter.to for letter in mail.outbox if "after all" in letter.subject] == [[nearly.email]]
    assert void_question(project, item=bad, actor=project.created_by, reason="Again.") == void


def test_nobody_who_passed_is_thrown_out_by_a_void():
    project, worker = make_project(items=4), make_user()
    exam = make_exam(project, questions=2, pool=2, pass_mark=50, pay_mark=50)
    attempt = sit(exam, worker, right=1)
    good = attempt.answers.get(is_right=True).item_id

    void_question(project, item=good, actor=project.created_by, reason="Two answers are right.")

    attempt.refresh_from_db()
    assert (attempt.state, attempt.right, attempt.counted) == ("passed", 0, 1)
    assert lease_items(project.pk, user=worker, n=1).state == "ok"


def test_what_is_made_good_keeps_to_the_budget_the_earliest_first():
    project = make_project(items=4)
    exam = make_exam(project, questions=2, pool=2, **PAY | {"pay_mark": 100, "paid_budget": 1})
    bad = GoldAnswer.objects.filter(use="exam").first().item_id
    attempts = []
    for _each in range(2):
        attempt = start_attempt(exam, user=make_user())
        while question := current_question(attempt):
            result = answer_to(question, is_right=question.item_id != bad)
            attempt = answer_question(attempt, number=question.number, result=result)
        attempts.append(attempt)

    void = void_question(project, item=bad, actor=project.created_by, reason="Wrong.")

    paid = [ExamAttempt.objects.get(pk=each.pk).is_paid for each in attempts]
    assert (void.let_in, void.made_good, paid) == (2, 1, [True, False])


def test_a_question_voided_while_it_is_being_asked_is_passed_over():
    project, worker = make_project(items=4), make_user()
    exam = make_exam(project, questions=2, pool=2)
    attempt = start_attempt(exam, user=worker)
    first = current_question(attempt)
    attempt = answer_question(attempt, number=first.number, result=answer_to(first))

    void_question(project, item=current_question(attempt).item_id, actor=project.created_by, reason="Unclear.")

    assert current_question(attempt) is None
    ended = end_if_over(attempt)
    assert (ended.state, ended.right, ended.counted) == ("passed", 1, 1)


def test_an_attempt_of_which_nothing_counts_did_not_happen():
    project, worker = make_project(items=4), make_user()
    exam = make_exam(project, questions=1, pool=2, attempts_most=1)
    attempt = sit(exam, worker, right=0)

    void_question(project, item=attempt.answers.get().item_id, actor=project.created_by, reason="Wrong.")

    assert prospect_of(worker, exam).may_start


def test_the_last_question_a_stranger_and_silence_are_refused():
    project = make_project()
    make_exam(project, questions=1, pool=1)
    item = GoldAnswer.objects.get(use="exam").item_id

    for given, code in (({"reason": " "}, "invalid"), ({"reason": "Wrong."}, "last_question")):
        with pytest.raises(AnnotationError) as refused:
            void_question(project, item=item, actor=project.created_by, **given)
        assert refused.value.code == code
    with pytest.raises(AnnotationError) as refused:
        void_question(project, item=10**9, actor=project.created_by, reason="x")
    assert (refused.value.status, ExamVoid.objects.count()) == (404, 0)


def test_only_first_meetings_tell_how_a_question_does():
    project = make_project()
    exam = make_exam(project, questions=1, pool=1, attempts_most=5)
    for _each in range(10):
        worker = make_user()
        sit(exam, worker, right=0)
    let_time_pass(exam, days=2)
    sit(exam, worker)

    (figures,) = question_figures(project.pk, list(GoldAnswer.objects.filter(use="exam")))

    assert (figures.takers, figures.missed, figures.is_suspect, suspects_of(project.pk)) == (10, 10, True, 1)
    assert figures.share.low > 0.5


# Lists, and two at once.


def test_the_list_of_work_asks_as_often_for_three_exams_as_for_one(django_assert_num_queries):
    worker = make_user()
    projects = [make_project() for _each in range(3)]
    for project in projects:
        make_exam(project)

    for some in (projects[:1], projects):
        with django_assert_num_queries(4):
            assert len(prospects_of(worker, [project.pk for project in some])) == len(some)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_the_last_paid_place_once():
    exam = make_exam(make_project(), **PAY | {"paid_budget": 1})
    people = [make_user(), make_user()]
    gate = threading.Barrier(2)

    def begin(user):
        gate.wait()
        start_attempt(exam, user=user)
        connection.close()

    threads = [threading.Thread(target=begin, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(int(pay) for pay in ExamAttempt.objects.values_list("pay_minor", flat=True)) == [0, 1_000]


@pytest.mark.django_db(transaction=True)
def test_two_last_answers_at_once_end_the_attempt_once():
    project, worker = make_project(), make_user()
    exam = make_exam(project, **PAY)
    attempt = start_attempt(exam, user=worker)
    questions = list(ExamAnswer.objects.filter(attempt=attempt))
    gate = threading.Barrier(2)

    def answer(question):
        gate.wait()
        answer_question(attempt, number=question.number, result=answer_to(question))
        connection.close()

    threads = [threading.Thread(target=answer, args=(question,)) for question in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    attempt.refresh_from_db()
    assert (attempt.state, attempt.right, attempt.is_paid) == ("passed", 2, True)
    assert ExamPass.objects.filter(exam=exam, user=worker).count() == 1
