"""Every URL pattern and API endpoint, and who gets through. tests/test_access_matrix.py holds the product to it.

To add a route, add one line to ROUTES:

    page("team-detail", VIEWERS, team)                        GET of a page
    form("team-rename", OWNERS, team, {"name": "New"})        POST of a page
    api("PATCH", "api-team", OWNERS, team, {"name": "New"})   an API endpoint: one line per method

- The first argument (after the method) is the URL name. The second is the set of roles that get through; make it from the
  sets below. The third says with which arguments the URL is reversed: a function of the scene, or nothing. The fourth is
  what is sent; it may be a function of the scene too.
- *Through* is every answer below 500 but 401, 403, 404 and a redirect to the sign-in page. Data need not be valid: 422 and
  409 are through. 405 is always wrong. Every role acts on a scene that is rolled back, so that a row may delete.
- A row is asked by every role of ROLES. `bare_key` is an API key of the team's owner without any scope. On pages a key is a
  stranger. Write the roles down as they ought to be, then see whether they are: the test is worth what the table is.
- Need an object? Give Scene a field, and build it in `build_scene` with a factory.
- A route without a line fails `test_every_route_is_listed`; so does a line without a route.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import ApiKey, Invitation, Role, Team, User, Wallet
from accounts.tests import factories as people
from annotation.domain.appeals import object_to
from annotation.domain.comments import Remark
from annotation.domain.exam_attempts import start_attempt
from annotation.domain.verdict import decide
from annotation.models import (
    Answer,
    Assignment,
    CommentThread,
    GoldAnswer,
    Media,
    Project,
    RejectionHold,
    SecondPay,
    Verdict,
)
from annotation.tests import factories as work
from rewards.models import ChainIntent, ChainSigner, Incident, SettlementBatch

ROLES = (
    "anonymous", "annotator", "outsider", "viewer", "reviewer", "manager", "owner", "quality_admin", "finance_admin",
    "operator", "bare_key",
)  # fmt: skip
EVERYBODY = frozenset(ROLES)
STRANGERS = frozenset({"anonymous", "bare_key"})
SIGNED_IN = EVERYBODY - STRANGERS
VIEWERS = frozenset({"viewer", "reviewer", "manager", "owner"})
REVIEWERS = VIEWERS - {"viewer"}
MANAGERS = REVIEWERS - {"reviewer"}
OWNERS = frozenset({"owner"})
QUALITY = frozenset({"quality_admin"})
FINANCE = frozenset({"finance_admin"})
OPERATORS = frozenset({"operator"})
NOBODY: frozenset[str] = frozenset()


@dataclass
class Scene:
    """One team with a person of each role, and one object of each kind that belongs to the team or to `annotator`."""

    people: dict[str, User]
    bare_key: str
    team: Team
    member: User
    invitation: Invitation
    invitation_token: str
    wallet: Wallet
    key: ApiKey
    project: Project
    lease: Assignment
    media: Media
    extra: dict[str, Any] = field(default_factory=dict)


def build_scene() -> Scene:
    """Called anew for every row, inside a transaction that is rolled back."""
    who = {name: people.make_person() for name in ROLES if name not in STRANGERS}
    for flag, name in (("is_quality_admin", "quality_admin"), ("is_finance_admin", "finance_admin")):
        setattr(who[name], flag, True)
        who[name].save()
    who["operator"].is_staff = who["operator"].is_superuser = True
    who["operator"].save()
    team = people.make_team(who["owner"])
    for role in (Role.MANAGER, Role.REVIEWER, Role.VIEWER):
        people.make_membership(team, who[role.value], role)
    people.make_team(who["outsider"], name="Another team")
    member = people.make_person()
    people.make_membership(team, member, Role.VIEWER)
    token = "t" * 43
    invitation = people.make_invitation(team, who["owner"], token_hash=people.hash_of(token))
    people.make_wallet(who["annotator"])
    project = work.make_project(items=2, owner=who["owner"], team=team)
    media = work.make_media(project)
    (item,) = work.make_items(project, 1, media=media)
    return Scene(
        people=who,
        bare_key=people.make_bare_key(who["owner"]),
        team=team,
        member=member,
        invitation=invitation,
        invitation_token=token,
        wallet=people.make_wallet(who["annotator"]),
        key=people.make_key(who["annotator"])[0],
        project=project,
        lease=work.make_lease(item, who["annotator"]),
        media=media,
        extra={
            "item": item,
            "upload": work.make_upload(project),
            "export": work.make_export(project),
            **_settlement(project),
        },
    )


def _settlement(project: Project) -> dict[str, Any]:
    """A batch on its way, and a transaction of it."""
    assert project.token
    ChainSigner.objects.create(chain=project.token.chain, address="0x" + "9" * 40)
    content = b"{}"
    path = default_storage.save(f"leaves/{project.pk}.json", ContentFile(content))
    batch = SettlementBatch.objects.create(
        chain=project.token.chain,
        epoch=1,
        batch_key="0x" + "b" * 64,
        root="0x" + "c" * 64,
        leaf_file=path,
        leaf_file_sha256=sha256(content).hexdigest(),
    )
    intent = ChainIntent.objects.create(
        chain=batch.chain, kind=ChainIntent.Kind.PROPOSE, batch=batch, to="0x" + "1" * 40, data="0x", gas=1, effect={}
    )
    return {"batch": batch, "intent": intent}


Arguments = Callable[[Scene], list[Any]] | None
Data = dict[str, Any] | Callable[[Scene], dict[str, Any]] | None


@dataclass(frozen=True)
class Route:
    name: str
    method: str
    roles: frozenset[str]
    arguments: Arguments = None
    data: Data = None
    is_api: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def page(name: str, roles: frozenset[str], arguments: Arguments = None) -> Route:
    return Route(name, "GET", roles, arguments)


def form(name: str, roles: frozenset[str], arguments: Arguments = None, data: Data = None) -> Route:
    return Route(name, "POST", roles, arguments, data)


def api(method: str, name: str, roles: frozenset[str], arguments: Arguments = None, data: Data = None) -> Route:
    return Route(name, method, roles, arguments, data, is_api=True)


def team(scene: Scene) -> list[Any]:
    return [scene.team.pk]


def team_member(scene: Scene) -> list[Any]:
    return [scene.team.pk, scene.member.public_id]


def team_invitation(scene: Scene) -> list[Any]:
    return [scene.team.pk, scene.invitation.pk]


def invitation_token(scene: Scene) -> list[Any]:
    return [scene.invitation_token]


def wallet(scene: Scene) -> list[Any]:
    return [scene.wallet.pk]


def key(scene: Scene) -> list[Any]:
    return [scene.key.pk]


def project(scene: Scene) -> list[Any]:
    return [scene.project.pk]


def project_in_two_tokens(scene: Scene) -> list[Any]:
    besides = {"token": work.make_token(symbol="USD"), "price_minor": 700}
    SecondPay.objects.get_or_create(project=scene.project, defaults=besides)
    return [scene.project.pk]


def lease(scene: Scene) -> list[Any]:
    return [scene.lease.pk]


def media(scene: Scene) -> list[Any]:
    return [scene.media.pk]


def item(scene: Scene) -> list[Any]:
    return [scene.project.pk, scene.extra["item"].pk]


def examined(scene: Scene) -> list[Any]:
    """The project, which asks for an exam."""
    if not hasattr(scene.project, "exam"):
        work.make_exam(scene.project, practice=1)
    return [scene.project.pk]


def exam_question(scene: Scene) -> list[Any]:
    examined(scene)
    return [scene.project.pk, GoldAnswer.objects.filter(item__project=scene.project, use="exam").first().pk]


def attempted(scene: Scene) -> list[Any]:
    """An attempt of `annotator` that is under way."""
    examined(scene)
    return [start_attempt(scene.project.exam, user=scene.people["annotator"]).pk]


def practised(scene: Scene) -> list[Any]:
    return [*examined(scene), 1]


def upload(scene: Scene) -> list[Any]:
    return [scene.extra["upload"].pk]


def export(scene: Scene) -> list[Any]:
    return [scene.extra["export"].pk]


def nothing_known(scene: Scene) -> list[Any]:
    return ["unknown"]


# Namespaces whose inner routes stand or fall together: one role set, asked at the index.
NAMESPACES = {"admin": ("admin:index", OPERATORS)}

CONFIG = [
    page("landing", EVERYBODY),
    page("styleguide", EVERYBODY),
    form("set-theme", EVERYBODY, None, {"theme": "dark"}),
    page("health-live", EVERYBODY),
    page("health-ready", EVERYBODY),
    page("metrics", EVERYBODY),  # from this machine, as the test's client is; config/tests holds the rest
    page("robots", EVERYBODY),
    page("favicon", EVERYBODY),
    page("security-note", NOBODY),  # an instance without a contact has none
    form("set_language", EVERYBODY, None, {"language": "fr"}),
    page("schema", EVERYBODY),
    page("api-docs", EVERYBODY),
]

# allauth's own. Where a role set is EVERYBODY the page leads strangers on by itself.
SIGN_IN = [
    page("account_login", EVERYBODY),
    page("account_logout", EVERYBODY),
    page("account_inactive", EVERYBODY),
    page("account_signup", EVERYBODY),
    page("account_reauthenticate", SIGNED_IN),
    page("account_email", SIGNED_IN),
    page("account_email_verification_sent", EVERYBODY),
    page("account_confirm_email", EVERYBODY, nothing_known),
    page("account_change_password", SIGNED_IN),
    page("account_set_password", SIGNED_IN),
    page("account_reset_password", EVERYBODY),
    page("account_reset_password_done", EVERYBODY),
    page("account_reset_password_from_key", EVERYBODY, lambda scene: ["abc", "unknown"]),
    page("account_reset_password_from_key_done", EVERYBODY),
    page("account_confirm_login_code", SIGNED_IN),
    page("mfa_index", SIGNED_IN),
    page("mfa_authenticate", SIGNED_IN),
    page("mfa_reauthenticate", SIGNED_IN),
    page("mfa_activate_totp", SIGNED_IN),
    # Nobody in the scene has one to deactivate, or codes to see.
    page("mfa_deactivate_totp", NOBODY),
    page("mfa_view_recovery_codes", NOBODY),
    page("mfa_generate_recovery_codes", SIGNED_IN),
    page("mfa_download_recovery_codes", NOBODY),
    page("mfa_list_webauthn", SIGNED_IN),
    page("mfa_add_webauthn", SIGNED_IN),
    page("mfa_reauthenticate_webauthn", SIGNED_IN),
    page("mfa_remove_webauthn", SIGNED_IN, lambda scene: [1]),
    page("mfa_edit_webauthn", SIGNED_IN, lambda scene: [1]),
    # Fetched by script; without one, strangers are sent to the sign-in page that has its button.
    page("mfa_login_webauthn", SIGNED_IN),
]

ACCOUNTS = [
    page("profile", SIGNED_IN),
    form("profile", SIGNED_IN, None, {"display_name": "Amina"}),
    page("wallets", SIGNED_IN),
    form("wallet-unlink", frozenset({"annotator"}), wallet),
    page("api-keys", SIGNED_IN),
    form("api-keys", SIGNED_IN, None, {"name": "k", "scopes": ["read"]}),
    form("api-key-revoke", frozenset({"annotator"}), key),
    page("team-list", SIGNED_IN),
    form("team-list", SIGNED_IN, None, {"name": "New"}),
    page("team-detail", VIEWERS, team),
    form("team-rename", OWNERS, team, {"name": "New"}),
    form("team-invite", OWNERS, team, {"email": "a@example.org", "role": "viewer"}),
    form("invitation-revoke", OWNERS, team_invitation),
    form("member-role", OWNERS, team_member, {"role": "reviewer"}),
    form("member-remove", OWNERS, team_member),
    form("team-leave", VIEWERS, team),
    page("team-audit", MANAGERS, team),
    page("invitation", EVERYBODY, invitation_token),
    form("invitation", EVERYBODY, invitation_token),
    api("POST", "api-signup", EVERYBODY, None, {"email": "x"}),
    api("POST", "api-token", EVERYBODY, None, {"email": "x"}),
    api("POST", "api-wallet-challenge", EVERYBODY, None, {"address": "x"}),
    api("POST", "api-wallet-verify", EVERYBODY, None, {"message": "x"}),
    api("GET", "api-languages", SIGNED_IN),
    api("GET", "api-me", SIGNED_IN),
    api("PATCH", "api-me", SIGNED_IN, None, {"display_name": "Amina"}),
    api("GET", "api-prefs", SIGNED_IN),
    api("PATCH", "api-prefs", SIGNED_IN, None, {"sound": True}),
    api("GET", "api-wallets", SIGNED_IN),
    api("POST", "api-wallets", SIGNED_IN, None, {"message": "x"}),
    api("DELETE", "api-wallet", frozenset({"annotator"}), wallet),
    api("PUT", "api-wallet-payout", frozenset({"annotator"}), wallet, {"message": "x"}),
    api("GET", "api-key-list", SIGNED_IN),
    api("POST", "api-key-list", SIGNED_IN, None, {"scopes": ["read"]}),
    api("GET", "api-key", frozenset({"annotator"}), key),
    api("DELETE", "api-key", frozenset({"annotator"}), key),
    api("GET", "api-teams", SIGNED_IN),
    api("POST", "api-teams", SIGNED_IN, None, {"name": "New"}),
    api("GET", "api-team", VIEWERS, team),
    api("PATCH", "api-team", OWNERS, team, {"name": "New"}),
    api("GET", "api-members", VIEWERS, team),
    api("PATCH", "api-member", OWNERS, team_member, {"role": "reviewer"}),
    api("DELETE", "api-member", OWNERS, team_member),
    api("DELETE", "api-own-membership", VIEWERS, team),
    api("GET", "api-invitations", OWNERS, team),
    api("POST", "api-invitations", OWNERS, team, {"email": "a@example.org", "role": "viewer"}),
    api("DELETE", "api-invitation", OWNERS, team_invitation),
    api("GET", "api-team-audit", MANAGERS, team),
    api("POST", "api-accept-invitation", SIGNED_IN, None, lambda scene: {"token": scene.invitation_token}),
]

# allauth's JSON API. 401 is its answer to everybody while a sign-in is not begun, or is ended; and 404 that nothing is set up.
IDENTITY = [
    api("GET", "api-identity-config", EVERYBODY),
    api("GET", "api-identity-auth-session", SIGNED_IN),
    api("DELETE", "api-identity-auth-session", NOBODY),
    api("POST", "api-identity-auth-login", EVERYBODY, None, {"email": "x"}),
    api("POST", "api-identity-auth-signup", EVERYBODY, None, {"email": "x"}),
    api("GET", "api-identity-auth-email-verify", EVERYBODY),
    api("POST", "api-identity-auth-email-verify", EVERYBODY, None, {"key": "x"}),
    api("POST", "api-identity-auth-password-request", EVERYBODY, None, {"email": "x"}),
    api("GET", "api-identity-auth-password-reset", EVERYBODY),
    api("POST", "api-identity-auth-password-reset", EVERYBODY, None, {"key": "x"}),
    api("POST", "api-identity-auth-reauthenticate", SIGNED_IN, None, {"password": "x"}),
    api("POST", "api-identity-auth-2fa-authenticate", NOBODY, None, {"code": "x"}),
    api("POST", "api-identity-auth-2fa-reauthenticate", SIGNED_IN, None, {"code": "x"}),
    api("GET", "api-identity-auth-webauthn-login", EVERYBODY),
    api("POST", "api-identity-auth-webauthn-login", EVERYBODY, None, {"credential": {}}),
    api("GET", "api-identity-auth-webauthn-authenticate", NOBODY),
    api("POST", "api-identity-auth-webauthn-authenticate", NOBODY, None, {"credential": {}}),
    api("GET", "api-identity-auth-webauthn-reauthenticate", SIGNED_IN),
    api("POST", "api-identity-auth-webauthn-reauthenticate", SIGNED_IN, None, {"credential": {}}),
    api("POST", "api-identity-account-password-change", SIGNED_IN, None, {"new_password": "x"}),
    api("GET", "api-identity-account-email", SIGNED_IN),
    # A stranger is told that there is no sign-up to change the address of.
    api("POST", "api-identity-account-email", EVERYBODY, None, {"email": "x"}),
    api("PUT", "api-identity-account-email", SIGNED_IN, None, {"email": "x"}),
    api("PATCH", "api-identity-account-email", SIGNED_IN, None, {"email": "x"}),
    api("DELETE", "api-identity-account-email", SIGNED_IN, None, {"email": "x"}),
    api("GET", "api-identity-account-authenticators", SIGNED_IN),
    api("GET", "api-identity-account-authenticators-totp", NOBODY),
    api("POST", "api-identity-account-authenticators-totp", SIGNED_IN, None, {"code": "x"}),
    api("DELETE", "api-identity-account-authenticators-totp", SIGNED_IN),
    api("GET", "api-identity-account-authenticators-recovery-codes", NOBODY),
    api("POST", "api-identity-account-authenticators-recovery-codes", SIGNED_IN),
    api("GET", "api-identity-account-authenticators-webauthn", SIGNED_IN),
    api("POST", "api-identity-account-authenticators-webauthn", SIGNED_IN, None, {"name": "x"}),
    api("PUT", "api-identity-account-authenticators-webauthn", SIGNED_IN, None, {"name": "x"}),
    api("DELETE", "api-identity-account-authenticators-webauthn", SIGNED_IN, None, {"authenticators": []}),
]


def escrow(scene: Scene) -> list[Any]:
    return [scene.project.escrow_id]


def token(scene: Scene) -> list[Any]:
    return [scene.project.escrow.token_id]


def leaf_file(scene: Scene) -> list[Any]:
    return [scene.extra["batch"].leaf_file_sha256]


def batch(scene: Scene) -> list[Any]:
    return [scene.extra["batch"].pk]


def intent(scene: Scene) -> list[Any]:
    return [scene.extra["intent"].pk]


def chain(scene: Scene) -> list[Any]:
    return [scene.extra["batch"].chain.chain_id]


def incident(scene: Scene) -> list[Any]:
    found, _ = Incident.objects.get_or_create(
        chain=scene.extra["batch"].chain, kind=Incident.Kind.BOOKS, detail="1 <> 2", block_number=1
    )
    return [found.pk]


REASON = {"reason": "Something looks odd here."}
DEPOSIT = {"transaction_hash": "0x" + "a" * 64}

# Earnings are one's own; escrows are the team's and the finance admins'; batches are for everybody to check.
REWARDS = [
    page("earnings", SIGNED_IN),
    page("earning-list", SIGNED_IN),
    page("claim", SIGNED_IN),
    form("payout-threshold", SIGNED_IN, token, {"threshold": "5"}),
    form("payout-request", SIGNED_IN, chain),
    page("escrow", VIEWERS | FINANCE, escrow),
    form("escrow-refund", MANAGERS, escrow),
    api("GET", "api-escrow-refund", VIEWERS | FINANCE, escrow),
    api("POST", "api-escrow-refund", MANAGERS, escrow),
    page("finance-tokens", FINANCE),
    form("finance-token-smallest-push", FINANCE, token, {"amount": "1"} | REASON),
    api("PUT", "api-token-smallest-push", FINANCE, token, {"minor": "1"} | REASON),
    page("settlements", EVERYBODY),
    page("leaf-file", EVERYBODY, leaf_file),
    api("PUT", "api-payout-threshold", SIGNED_IN, token, {"minor": "5"}),
    api("POST", "api-payout-request", SIGNED_IN, chain),
    page("finance", FINANCE),
    page("finance-batches", FINANCE),
    page("finance-batch", FINANCE, batch),
    form("finance-batch-hold", FINANCE, batch, REASON),
    form("finance-batch-resumption", FINANCE, batch, REASON),
    form("finance-intent-resumption", FINANCE, intent, REASON),
    form("finance-chain-stop", FINANCE, chain, REASON),
    form("finance-chain-resumption", FINANCE, chain, REASON),
    page("solvency", EVERYBODY),
    page("finance-incidents", FINANCE),
    form("finance-incident-resolution", FINANCE, incident, REASON),
    page("finance-chains", FINANCE),
    api("GET", "api-solvency", EVERYBODY),
    api("GET", "api-incidents", FINANCE),
    api("POST", "api-incident-resolution", FINANCE, incident, REASON),
    page("finance-escrows", FINANCE),
    page("finance-escrow", FINANCE, escrow),
    form("finance-escrow", FINANCE, escrow, DEPOSIT),
    api("GET", "api-balances", SIGNED_IN),
    api("GET", "api-earnings", SIGNED_IN),
    api("GET", "api-payouts", SIGNED_IN),
    api("GET", "api-claims", SIGNED_IN),
    api("GET", "api-tokens", SIGNED_IN),
    api("GET", "api-chains", SIGNED_IN),
    api("POST", "api-chain-stop", FINANCE, chain, REASON),
    api("POST", "api-chain-resumption", FINANCE, chain, REASON),
    api("POST", "api-faucet", SIGNED_IN, None, {"address": "no address"}),
    api("GET", "api-escrows", SIGNED_IN),
    api("GET", "api-escrow", VIEWERS | FINANCE, escrow),
    api("GET", "api-escrow-funding", MANAGERS | FINANCE, escrow),
    api("GET", "api-escrow-permit", MANAGERS | FINANCE, escrow),
    api("POST", "api-escrow-permit", MANAGERS | FINANCE, escrow, {"deadline": 1, "signature": "0x"}),
    api("GET", "api-deposits", VIEWERS | FINANCE, escrow),
    api("POST", "api-deposits", MANAGERS | FINANCE, escrow, DEPOSIT),
    api("GET", "api-batches", SIGNED_IN),
    api("GET", "api-batch", SIGNED_IN, batch),
    api("GET", "api-batch-leaves", SIGNED_IN, batch),
    api("POST", "api-batch-hold", FINANCE, batch, REASON),
    api("POST", "api-batch-resumption", FINANCE, batch, REASON),
    api("GET", "api-intents", FINANCE),
    api("POST", "api-intent-resumption", FINANCE, intent, REASON),
    api("GET", "api-ledger", FINANCE),
]

# Work is open to everybody signed in; a lease is its holder's. The file is not stored, so a 404 of it is tested elsewhere.
WORK = [
    page("work", SIGNED_IN),
    page("workbench", SIGNED_IN, project),
    page("media", NOBODY, media),
    api("GET", "api-work-projects", SIGNED_IN),
    api("GET", "api-work-project", SIGNED_IN, project),
    api("POST", "api-leases", SIGNED_IN, project, {"n": 1}),
    api("POST", "api-heartbeat", SIGNED_IN, None, {"leases": []}),
    api("DELETE", "api-lease", frozenset({"annotator"}), lease),
    api("PUT", "api-draft", frozenset({"annotator"}), lease, {"result": {}}),
    api("POST", "api-skip", frozenset({"annotator"}), lease, {"reason": "other"}),
    api("POST", "api-answers", SIGNED_IN, None, lambda scene: {"lease": str(scene.lease.pk), "result": {}}),
    api("PUT", "api-work-prefs", SIGNED_IN, None, {"shortcuts": True}),
    api("GET", "api-media", NOBODY, media),
    api("POST", "api-targets", MANAGERS, project, {"rows": []}),
]

# A quality admin sees every project; the money and the answers as a whole are the client's.
SEERS = VIEWERS | QUALITY
PROJECTS = [
    page("dashboard", SIGNED_IN),
    page("project-list", SIGNED_IN),
    page("project-create", SIGNED_IN),
    form("project-create", SIGNED_IN, None, {"title": "New", "team_name": "New"}),
    page("project-detail", SEERS, project),
    page("project-items", SEERS, project),
    page("project-item", SEERS, item),
    page("item-gold", MANAGERS, item),
    form("item-gold", MANAGERS, item, {"value": "{}"}),
    form("item-gold-removal", MANAGERS, item),
    page("project-hidden", MANAGERS | QUALITY, project),
    form("item-show", MANAGERS | QUALITY, item),
    form("item-leave-out", MANAGERS | QUALITY, item),
    page("project-people", SEERS, project),
    page("project-quality", SEERS, project),
    page("project-audit", MANAGERS, project),
    page("project-edit", MANAGERS, project),
    form("project-edit", MANAGERS, project, {"title": "New"}),
    form("project-pause", MANAGERS, project),
    form("project-resume", MANAGERS, project),
    page("project-closure", MANAGERS, project),
    form("project-closure", MANAGERS, project, {"reason": "done"}),
    form("project-open", MANAGERS, project),
    page("project-exports", MANAGERS, project),
    form("project-exports", MANAGERS, project, {"format": "csv"}),
    page("export-file", MANAGERS, export),
    page("wizard", MANAGERS, project),
    page("wizard-data", MANAGERS, project),
    form("wizard-data", MANAGERS, project),
    page("wizard-interface", MANAGERS, project),
    form("wizard-interface", MANAGERS, project, {"schema": "{}"}),
    page("wizard-instructions", MANAGERS, project),
    form("wizard-instructions", MANAGERS, project, {"instructions": "Read."}),
    page("wizard-quality", MANAGERS, project),
    form("wizard-quality", MANAGERS, project, {"overlap": "2"}),
    page("wizard-gold", MANAGERS, project),
    page("project-exam", MANAGERS, project),
    form("project-exam", MANAGERS, project),
    form("project-exam-gold", MANAGERS, project, {"exam": 0}),
    form("project-exam-removal", MANAGERS, project),
    form("exam-void", MANAGERS, item, {"reason": "Unclear."}),
    page("exam", SIGNED_IN, examined),
    form("exam-start", SIGNED_IN, examined),
    page("exam-attempt", frozenset({"annotator"}), attempted),
    form("exam-attempt", frozenset({"annotator"}), attempted, {"number": 1, "value": "{}"}),
    page("practice", SIGNED_IN, practised),
    form("practice", SIGNED_IN, practised, {"number": 1, "value": "{}"}),
    form("wizard-gold", MANAGERS, project),
    page("wizard-targets", MANAGERS, project),
    form("wizard-targets", MANAGERS, project),
    page("wizard-price", MANAGERS, project),
    form("wizard-price", MANAGERS, project, {"price": "1"}),
    page("wizard-funding", MANAGERS, project),
    form("funding-request", MANAGERS, project, {"funder_address": "0x" + "1" * 40}),
    form("funding-announce", MANAGERS, project, {"transaction_hash": "0x" + "1" * 64}),
    page("wizard-opening", MANAGERS, project),
    page("upload-detail", MANAGERS, upload),
    page("upload-errors", MANAGERS, upload),
    form("upload-import", MANAGERS, upload),
    form("upload-discard", MANAGERS, upload),
    api("GET", "api-projects", SIGNED_IN),
    api("POST", "api-projects", MANAGERS, None, lambda scene: {"team": str(scene.team.pk), "title": "New"}),
    api("GET", "api-project", SEERS, project),
    api("PATCH", "api-project", MANAGERS, project, {"title": "New"}),
    api("GET", "api-project-progress", SEERS, project),
    api("GET", "api-project-schema", SEERS, project),
    api("PUT", "api-project-schema", MANAGERS, project, {"schema": {}}),
    api("GET", "api-project-figures", SEERS, project),
    api("GET", "api-project-quality", SEERS, project),
    api("GET", "api-project-annotators", SEERS, project),
    api("GET", "api-project-history", MANAGERS, project),
    api("GET", "api-item", SEERS, item),
    api("GET", "api-project-quote", SEERS, project),
    api("GET", "api-project-funding", SEERS, project),
    api("GET", "api-project-second-pay", SEERS, project_in_two_tokens),
    api("PUT", "api-project-second-pay", MANAGERS, project, {"price_minor": "0"}),
    api("DELETE", "api-project-second-pay", MANAGERS, project),
    api("POST", "api-project-funding", MANAGERS, project, {"funder_address": "0x" + "1" * 40}),
    api("POST", "api-project-opening", MANAGERS, project),
    api("POST", "api-project-pause", MANAGERS, project),
    api("DELETE", "api-project-pause", MANAGERS, project),
    api("POST", "api-project-closure", MANAGERS, project),
    api("GET", "api-uploads", SEERS, project),
    api("POST", "api-uploads", MANAGERS, project),
    api("GET", "api-items", SEERS, project),
    api("GET", "api-gold", MANAGERS, project),
    api("GET", "api-exam", MANAGERS, examined),
    api("PUT", "api-exam", MANAGERS, project, {}),
    api("DELETE", "api-exam", MANAGERS, project),
    api("GET", "api-exam-questions", MANAGERS, project),
    api("POST", "api-exam-questions", MANAGERS, project, {"exam": 0}),
    api("POST", "api-exam-void", MANAGERS, exam_question, {"reason": "Unclear."}),
    api("GET", "api-work-exam", SIGNED_IN, examined),
    api("POST", "api-exam-attempts", SIGNED_IN, examined),
    api("GET", "api-exam-attempt", frozenset({"annotator"}), attempted),
    api("POST", "api-exam-answers", frozenset({"annotator"}), attempted, {"number": 1, "result": {}}),
    api("GET", "api-practice", SIGNED_IN, practised),
    api("POST", "api-practice", SIGNED_IN, practised, {"result": {}}),
    api("POST", "api-gold", MANAGERS, project, {}),
    api("PUT", "api-item-gold", MANAGERS, item, {"value": {}}),
    api("DELETE", "api-item-gold", MANAGERS, item),
    api("GET", "api-hidden-items", MANAGERS | QUALITY, project),
    api("POST", "api-hidden-decision", MANAGERS | QUALITY, item, {"decision": "left_out"}),
    api("GET", "api-upload", SEERS, upload),
    api("DELETE", "api-upload", MANAGERS, upload),
    api("GET", "api-upload-errors", SEERS, upload),
    api("POST", "api-upload-import", MANAGERS, upload),
    api("GET", "api-exports", MANAGERS, project),
    api("POST", "api-exports", MANAGERS, project, {"format": "csv"}),
    api("GET", "api-export", MANAGERS, export),
    api("GET", "api-export-file", MANAGERS, export),
]


def review_item(scene: Scene) -> list[Any]:
    return [scene.project.pk, scene.extra["item"].pk]


def answer(scene: Scene) -> list[Any]:
    """An answer of `annotator` that waits for a verdict."""
    (item,) = work.make_items(scene.project, 1)
    return [work.make_answer(item, scene.people["annotator"]).pk]


def answered(scene: Scene) -> list[Any]:
    """A project in which `annotator` has answered something."""
    answer(scene)
    return project(scene)


def rejected(scene: Scene) -> list[Any]:
    """An answer of `annotator` that a reviewer who is nobody of the matrix has rejected."""
    found = Answer.objects.get(pk=answer(scene)[0])
    judge = people.make_person()
    people.make_membership(scene.team, judge, Role.REVIEWER)
    words = {"reason": "wrong", "evidence": "The text says the opposite."}
    decide(found, actor=judge, decision=Verdict.Decision.REJECTED, **words)
    return [found.pk]


def appealed(scene: Scene) -> list[Any]:
    """The same, with an appeal that waits for the client."""
    (pk,) = rejected(scene)
    object_to(Answer.objects.get(pk=pk), actor=scene.people["annotator"], text="Please look at it again.")
    return [pk]


def returned(scene: Scene) -> list[Any]:
    """An answer of `annotator` that somebody of the client's has returned."""
    return [_returned(scene).answer_id]


def thread(scene: Scene) -> list[Any]:
    """What was said on it."""
    return [_returned(scene).pk]


def _returned(scene: Scene) -> CommentThread:
    found = Answer.objects.get(pk=answer(scene)[0])
    judge = people.make_person()
    people.make_membership(scene.team, judge, Role.REVIEWER)
    remarks = [Remark({"on": "answer"}, "Please read the last sentence again.")]
    decide(found, actor=judge, decision=Verdict.Decision.RETURNED, reason="wrong", remarks=remarks)
    return CommentThread.objects.get(answer=found)


def judge(scene: Scene) -> list[Any]:
    return [scene.people["reviewer"].public_id]


def rejection_hold(scene: Scene) -> list[Any]:
    figures = {"rejected": 30, "judged": 30, "rejected_before": 1, "judged_before": 900}
    return [RejectionHold.objects.get_or_create(team=scene.team, defaults=figures)[0].pk]


UPHELD = {"decision": "upheld", "reason": "wrong", "text": "The second sentence is ironic."}
OBJECTION = {"text": "The second sentence says so."}
RELEASE = {"outcome": "released", "reason": "All of them are well founded."}
JUDGES = REVIEWERS | QUALITY
SIDES = JUDGES | {"annotator"}
REVIEWS = [
    page("review-all", SIGNED_IN),
    page("review-queue", JUDGES, project),
    page("review-item", JUDGES, review_item),
    form("review-agreeing", JUDGES, review_item),
    form("review-decide", JUDGES, answer, {"decision": "accepted", "revision": 1}),
    page("review-accept-all", MANAGERS, project),
    form("review-accept-all", MANAGERS, project),
    page("my-answers", SIGNED_IN),
    page("my-answer", frozenset({"annotator"}), answer),
    page("my-figures", SIGNED_IN),
    page("my-project-figures", frozenset({"annotator"}), answered),
    form("my-answer-appeal", frozenset({"annotator"}), rejected, OBJECTION),
    form("thread-reply", SIDES, thread, {"text": "It is ironic."}),
    form("thread-resolve", SIDES, thread, {"is_resolved": "1"}),
    page("appeals", SIGNED_IN),
    page("appeal", JUDGES, appealed),
    form("appeal", REVIEWERS, appealed, UPHELD),
    page("quality-appeals", QUALITY),
    form("hold-decide", QUALITY, rejection_hold, RELEASE),
    page("quality", QUALITY),
    page("quality-annotators", QUALITY),
    page("quality-reviewers", QUALITY),
    page("quality-reviewer", QUALITY, judge),
    page("my-reviewing", SIGNED_IN),
    api("GET", "api-project-answers", JUDGES, project),
    api("POST", "api-verdict", JUDGES, answer, {"decision": "accepted"}),
    api("POST", "api-agreement", JUDGES, review_item),
    api("POST", "api-acceptance", MANAGERS, project),
    api("GET", "api-threads", SIDES, returned),
    api("POST", "api-comments", SIDES, thread, {"text": "It is ironic."}),
    api("PUT", "api-thread-resolution", SIDES, thread),
    api("DELETE", "api-thread-resolution", SIDES, thread),
    api("GET", "api-my-answers", SIGNED_IN),
    api("GET", "api-my-answer", frozenset({"annotator"}), answer),
    api("GET", "api-my-figures", SIGNED_IN),
    api("GET", "api-my-project-figures", frozenset({"annotator"}), answered),
    api("POST", "api-my-answer-appeal", frozenset({"annotator"}), rejected, OBJECTION),
    api("GET", "api-appeals", SIGNED_IN),
    api("GET", "api-appeal", JUDGES, appealed),
    api("POST", "api-appeal-answer", REVIEWERS, appealed, UPHELD),
    api("GET", "api-quality-appeals", QUALITY),
    api("GET", "api-rejection-holds", QUALITY),
    api("POST", "api-hold-decision", QUALITY, rejection_hold, RELEASE),
    api("GET", "api-reviews", SIGNED_IN),
    api("GET", "api-review-queue", JUDGES, project),
    api("GET", "api-item-review", JUDGES, review_item),
    api("GET", "api-quality-projects", QUALITY),
    api("GET", "api-quality-clients", QUALITY),
    api("GET", "api-quality-annotators", QUALITY),
    api("GET", "api-quality-reviewers", QUALITY),
    api("GET", "api-quality-reviewer", QUALITY, judge),
    api("GET", "api-my-reviewing", SIGNED_IN),
]

ANNOTATION: list[Route] = [*WORK, *PROJECTS, *REVIEWS]

ROUTES = [*CONFIG, *SIGN_IN, *ACCOUNTS, *IDENTITY, *REWARDS, *ANNOTATION]
