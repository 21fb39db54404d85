"""A project's life: draft → funded → open ⇄ paused → closing → closed."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import Team, User
from annotation import pricing
from annotation.domain import appeals, exams, gold, locks, parts
from annotation.domain.overlap import refuse_impossible_overlap
from annotation.domain.parts import REFERENCE_KIND
from annotation.exceptions import AnnotationError
from annotation.kinds.schema import parse_schema
from annotation.models import Answer, ExamAttempt, Item, Project, SchemaVersion, SecondPay, Upload
from annotation.queries.open_work import has_open_work, may_have_work_under_way
from lib.exceptions import FieldError, InvalidInput
from rewards.domain import escrows
from rewards.models import Escrow

# What the quote depends on, and what may still be changed once the money is locked.
DRAFT_ONLY = {
    "token",
    "price_minor",
    "review_price_minor",
    "overlap",
    "target_confidence",
    "least_overlap",
    "gold_percent",
    "assignment_mode",
    "languages",
    "team_only",
    "min_reputation",
    "cap_per_person",
}
CLOCKS = {"lease_seconds", "review_period_seconds", "appeal_period_seconds"}
ALWAYS = {"title", "description", "instructions"} | CLOCKS
SHORTEST_LEASE_SECONDS = 60


def create_project(team: Team, *, actor: User, title: str, description: str = "") -> Project:
    with transaction.atomic():
        project = Project.objects.create(
            team=team, created_by=actor, title=title, description=description, fee_bps=settings.PLATFORM_FEE_BPS
        )
        _audit("project.created", project, actor, {"title": title})
    return project


def update_project(project: Project, *, actor: User, **changes: Any) -> Project:
    """Change the settings of a draft; of a running project only its words and clocks.

    A longer review period is for later leases: whoever holds one was promised the shorter.
    """
    unknown = set(changes) - DRAFT_ONLY - ALWAYS
    if unknown:
        raise ValueError(f"These are no settings of a project: {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        before = {name: getattr(project, name) for name in changes}
        changes = {name: value for name, value in changes.items() if before[name] != value}
        if project.state != Project.State.DRAFT:
            _refuse_changes_after_funding(project, changes)
        for name, value in changes.items():
            setattr(project, name, value)
        refuse_impossible_overlap(project)
        if changes:
            project.save(update_fields=[*changes])
            changed = {name: [str(before[name]), str(value)] for name, value in changes.items()}
            _audit("project.changed", project, actor, changed)
    return project


def set_schema(project: Project, *, actor: User, schema: dict[str, Any]) -> SchemaVersion:
    """Make this labelling interface the current one: a new version, unless nobody has worked with the last."""
    complete = parse_schema(schema).raw
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        if project.state not in {Project.State.DRAFT, Project.State.FUNDED}:
            raise AnnotationError(
                _("The interface of an open project cannot change: people are working with it."), code="project_open"
            )
        version = project.schema_version
        if version is None or version.frozen_at:
            number = (version.number if version else 0) + 1
            version = SchemaVersion(project=project, number=number, created_by=actor)
        version.schema = complete
        version.save()
        project.schema_version = version
        project.save(update_fields=["schema_version"])
        _audit("project.interface_set", project, actor, {"version": version.number})
    return version


def current_quote(project: Project) -> pricing.Quote:
    """The quote for the items and prices of this moment: the most that the project can cost."""
    return _quote(project, overlap=project.overlap)


def least_quote(project: Project) -> pricing.Quote | None:
    """Where answers are collected until they are sure enough: what it costs if all agree at once, and silence accepts.
    None elsewhere."""
    if not project.is_adaptive:
        return None
    return pricing.without_reviews(_quote(project, overlap=project.least_overlap))


def quote_parts(project: Project, second: SecondPay | None) -> list[parts.PartOfPay]:
    """What the project costs at most, and where it may be less at least, in each token that it pays in."""
    if project.token is None:
        return []
    return parts.pay_parts(project, current_quote(project), second, least_quote(project))


def _quote(project: Project, *, overlap: int) -> pricing.Quote:
    counts = project.items.exclude(state=Item.State.HIDDEN).aggregate(
        gold=Count("pk", filter=Q(is_gold=True)), ordinary=Count("pk", filter=Q(is_gold=False))
    )
    exam_attempts, exam_pay = exams.exam_budget(project)
    return pricing.quote(
        items=counts["ordinary"],
        gold_items=counts["gold"] - gold.count_set_aside(project),
        overlap=overlap,
        gold_percent=project.gold_percent,
        price_minor=project.price_minor,
        review_price_minor=project.review_price_minor,
        fee_bps=project.fee_bps,
        exams=exam_attempts,
        exam_pay_minor=exam_pay,
    )


def missing_for_funding(project: Project) -> list[FieldError]:
    """What a draft still lacks, each with the thing to do."""
    missing = []
    if project.uploads.filter(state=Upload.State.IMPORTING).exists():
        missing.append(FieldError("items", _("Wait until the file is imported: the price counts all of its items.")))
    elif not project.items_total:
        missing.append(FieldError("items", _("Upload the items first.")))
    if project.schema_version is None:
        missing.append(FieldError("schema", _("Describe the labelling interface.")))
    elif project.items_total:
        missing += _fields_without_data(project)
    missing += gold.missing_gold(project) + exams.missing_exam(project)
    if not project.instructions.strip():
        missing.append(FieldError("instructions", _("Write instructions for the annotators.")))
    if project.token is None:
        missing.append(FieldError("token", _("Choose the token to pay in.")))
    if project.price_minor <= 0:
        missing.append(FieldError("price_minor", _("Set a price per answer above zero.")))
    return missing + parts.misfits_of(project)


def request_funding(project: Project, *, actor: User, funder_address: str) -> Escrow:
    """Fix the quote, and say which escrow the funder has to open on chain. May be repeated until money is there."""
    missing = missing_for_funding(project)
    if missing:
        raise InvalidInput(_("The project is not ready to be funded."), missing)
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        if project.state != Project.State.DRAFT:
            raise AnnotationError(_("This project is funded already."), code="already_funded")
        if project.token is None:
            raise AnnotationError(_("Choose the token to pay in."), code="no_token", field="token")
        price = current_quote(project)
        if project.escrow is not None and project.escrow.deposited:
            if project.escrow.token_id != project.token_id:
                raise AnnotationError(
                    _("Money in another token has arrived for this project: choose that token again, or close it."),
                    code="token_fixed", field="token",
                )  # fmt: skip
            # Money is there already: the same wallet adds what the higher price needs.
            escrow = escrows.extend_escrow(project.escrow, rewards_minor=price.rewards_minor)
        else:
            escrow = escrows.quote_escrow(
                reference_kind=REFERENCE_KIND,
                reference_id=project.pk,
                team=project.team,
                token=project.token,
                rewards_minor=price.rewards_minor,
                fee_bps=project.fee_bps,
                funder_address=funder_address,
            )
        project.escrow = escrow
        project.save(update_fields=["escrow"])
        _audit("project.quoted", project, actor, {"total_minor": str(price.total_minor), "funder": funder_address})
    return escrow


def follow_funding(project: Project) -> Project:
    """A draft whose escrow has all the money becomes funded. Called by the timetable."""
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        # A draft may have grown since its quote: then it waits for the difference, and can still be changed.
        if project.state == Project.State.DRAFT and _is_paid(project) and not missing_for_funding(project):
            project.state = Project.State.FUNDED
            project.save(update_fields=["state"])
            _audit("project.funded", project, None, {"escrow": str(project.escrow_id)})
    return project


def follow_client_closing(project: Project) -> Project:
    """The client closed the escrow on chain by itself: whoever has worked is paid before its notice ends.

    A third of the notice is for the leases, one for the reviews, half of one for appeals, and the rest to release the
    money. Safe to repeat.
    """
    with transaction.atomic(durable=True):
        project = locks.lock_project(project.pk)
        closings = [escrow.client_closing_at for escrow in parts.escrows_of(project) if escrow.client_closing_at]
        ends_at = min(closings, default=None)
        if ends_at is None or project.state == Project.State.CLOSED:
            return project
        third = settings.CHAIN_CLOSE_NOTICE_SECONDS // 3
        if project.state != Project.State.CLOSING:
            _begin_closing(project, None, _("The client closed the escrow on chain."))
        # Heartbeats keep a lease alive for a few times its length.
        project.lease_seconds = min(project.lease_seconds, max(SHORTEST_LEASE_SECONDS, third // 4))
        project.review_period_seconds = min(project.review_period_seconds, third)
        project.save(update_fields=["lease_seconds", "review_period_seconds"])
        last = ends_at - timedelta(seconds=third)
        undecided = project.answers.filter(state__in=[Answer.State.PENDING, Answer.State.RETURNED])
        undecided.filter(review_due_at__gt=last).update(review_due_at=last)
        appeals.shorten_clocks(project, first=last, third=timedelta(seconds=third))
        ExamAttempt.objects.filter(exam=project.pk, state="live", expires_at__gt=last).update(expires_at=last)
    return project


def open_project(project: Project, *, actor: User) -> Project:
    """Let annotators in. The whole price is reserved first; nothing opens unfunded."""
    with transaction.atomic(durable=True):
        project = locks.lock_project(project.pk)
        if project.state != Project.State.FUNDED:
            raise AnnotationError(_("Only a funded project can be opened."), code="not_funded")
        missing = missing_for_funding(project)
        if missing:
            raise InvalidInput(_("The project is not ready to be opened."), missing)
        price = current_quote(project)
        escrow = project.escrow
        if escrow is None or not _is_paid(project) or escrow.deposited < price.total_minor:
            raise AnnotationError(_("The escrow does not hold the whole price."), code="not_funded")
        escrows.reserve_together(parts.prices_to_reserve(project, price))
        _give_places(project)
        _freeze_interface(project)
        project.state = Project.State.OPEN
        project.opened_at = timezone.now()
        project.reviews_budget = price.reviews
        project.save(update_fields=["state", "opened_at", "reviews_budget"])
        _audit("project.opened", project, actor, {"total_minor": str(price.total_minor)})
    return project


def pause_project(project: Project, *, actor: User, reason: str = "") -> Project:
    """Hand out nothing new. Answers on their way are still taken."""
    return _move(project, actor, "project.paused", {Project.State.OPEN}, Project.State.PAUSED, reason)


def resume_project(project: Project, *, actor: User) -> Project:
    return _move(project, actor, "project.resumed", {Project.State.PAUSED}, Project.State.OPEN, "")


def close_project(project: Project, *, actor: User, reason: str = "") -> Project:
    """Stop the project for good: what was submitted is judged and paid, the rest goes back to the client."""
    with transaction.atomic(durable=True):
        project = locks.lock_project(project.pk)
        if project.state not in {Project.State.CLOSING, Project.State.CLOSED}:
            _begin_closing(project, actor, reason)
    return project


def finish_closing(project: Project) -> Project:
    """Go on with a closing project as far as it can: wait for work, then refund, then close. Safe to repeat."""
    with transaction.atomic(durable=True):
        project = locks.lock_project(project.pk)
        if project.state != Project.State.CLOSING:
            return project
        # In this order: what was under way at the first look is seen by the second, or nothing was.
        if project.closing_at and may_have_work_under_way(project.closing_at):
            return project
        if has_open_work(project):
            return project
        ending = [_give_back(escrow) for escrow in parts.escrows_of(project)]
        if all(escrow.state == Escrow.State.CLOSED for escrow in ending):
            project.state = Project.State.CLOSED
            project.closed_at = timezone.now()
            project.save(update_fields=["state", "closed_at"])
            _audit("project.closed", project, None, {})
    return project


def _give_back(escrow: Escrow) -> Escrow:
    if escrow.state in {Escrow.State.CLOSING, Escrow.State.CLOSED}:
        return escrow
    escrows.void_reservations(escrow)
    return escrows.begin_refund(escrow, actor=None)


def _begin_closing(project: Project, actor: User | None, reason: str) -> None:
    project.state = Project.State.CLOSING
    project.closing_at = timezone.now()
    project.save(update_fields=["state", "closing_at"])
    _audit("project.closing", project, actor, {}, reason)


def _move(
    project: Project, actor: User, action: str, allowed: set[Project.State], to: Project.State, reason: str
) -> Project:
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        if project.state == to:
            return project
        if project.state not in allowed:
            raise AnnotationError(
                _("That is not possible while the project is %(state)s.") % {"state": project.get_state_display()},
                code="wrong_state",
            )
        project.state = to
        project.save(update_fields=["state"])
        _audit(action, project, actor, {}, reason)
    return project


def _refuse_changes_after_funding(project: Project, changes: dict[str, Any]) -> None:
    frozen = sorted(set(changes) & DRAFT_ONLY)
    if frozen:
        raise AnnotationError(
            _("Price, overlap and rules are fixed once a project is funded."), code="project_funded", field=frozen[0]
        )
    if project.state == Project.State.CLOSED:
        raise AnnotationError(_("A closed project does not change any more."), code="project_closed")
    if project.state == Project.State.CLOSING and set(changes) & CLOCKS:
        raise AnnotationError(_("The clocks of a closing project are fixed."), code="project_closing")


def _fields_without_data(project: Project) -> list[FieldError]:
    """The columns that the interface shows and the first item does not have."""
    first = project.items.order_by("position").first()
    version = project.schema_version
    if first is None or version is None:
        return []
    parts = version.schema.get("data", {})
    absent = [name for name in parts if name not in first.data]
    errors = [
        FieldError("schema", _("The interface shows “%(name)s”, which the items do not have.") % {"name": name})
        for name in absent
    ]
    if first.media_id is None and any(part["type"] == "image" for part in parts.values()):
        errors.append(FieldError("schema", _("The interface shows an image, but the items have none.")))
    return errors


def _is_paid(project: Project) -> bool:
    """Each escrow holds what was quoted, and what the project costs by now."""
    escrow = project.escrow
    if escrow is None or escrow.state != Escrow.State.FUNDED or escrow.token_id != project.token_id:
        return False
    price = current_quote(project)
    return escrow.deposited >= max(escrow.required, price.total_minor) and parts.is_second_paid(project, price)


def _give_places(project: Project) -> None:
    """The overlap for ordinary items, the quote's share for gold. Where the project collects until it is sure, the
    least for now (places.py)."""
    counts = current_quote(project)
    gold_places = pricing.gold_places(
        items=counts.items,
        gold_items=counts.gold_items,
        overlap=project.overlap,
        gold_percent=project.gold_percent,
    )
    ordinary = project.items.filter(is_gold=False)
    ordinary.exclude(places=project.first_places).update(places=project.first_places)
    project.items.filter(is_gold=True).update(places=gold_places)
    # What the exam and practice show with its answer is given to nobody as work.
    project.items.filter(gold__use__in=gold.SHOWN).update(places=0)


def _freeze_interface(project: Project) -> None:
    versions = SchemaVersion.objects.filter(pk=project.schema_version_id or 0, frozen_at=None)
    versions.update(frozen_at=timezone.now())


def _audit(action: str, project: Project, actor: User | None, changes: dict[str, Any], reason: str = "") -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="project",
        object_id=project.pk,
        team=project.team,
        changes=changes,
        reason=reason,
    )
