"""The operators' site. Sign-in goes through the product's own page, so that no second factor is left out."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.domain import audit
from accounts.domain.staff import RIGHTS
from accounts.models import ApiKey, AuditEntry, Invitation, Membership, Team, User, Wallet

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = "Foggara"
admin.site.unregister(Group)

RIGHTS_AND_GROUPS = (*RIGHTS, "groups", "user_permissions")
TRACED = (*RIGHTS, "is_active", "is_suspended", "email", "display_name")


class ReadOnlyAdmin(admin.ModelAdmin):
    """To look at. What changes these rows is a verb."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("__str__", "email", "is_active", "is_suspended", *RIGHTS)
    list_filter = ("is_active", "is_suspended", *RIGHTS)
    search_fields = ("email", "display_name", "public_id", "wallets__address")
    fields = ("public_id", "email", "display_name", "is_active", "is_suspended", *RIGHTS, "languages", "locale",
              "time_zone", "date_joined", "last_login")  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fixed = ("public_id", "date_joined", "last_login", "languages", "locale", "time_zone", "email")
        if not request.user.is_superuser or (obj is not None and obj.pk == request.user.pk):
            return (*fixed, *RIGHTS, "is_active")
        return fixed

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Who is staff may be changed by a superuser alone, in whatever field.
        if obj is not None and (obj.is_staff or obj.is_superuser) and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changes = {
            name: [form.initial.get(name), form.cleaned_data.get(name)] for name in form.changed_data if name in TRACED
        }
        actor = request.user if isinstance(request.user, User) else None
        audit.record("user.changed_by_staff", actor=actor, object_kind="user", object_id=obj.public_id, changes=changes)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "action", "object_kind", "object_id", "actor", "team")
    list_filter = ("action",)
    search_fields = ("object_id", "request_id", "actor__email")
    list_select_related = ("actor", "team")
    show_full_result_count = False


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    list_display = ("name", "id", "created_at")
    search_fields = ("name", "id")


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("team", "user", "role", "created_at")
    list_select_related = ("team", "user")


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ("address", "user", "is_payout", "is_contract", "verified_at")
    search_fields = ("address",)
    list_select_related = ("user",)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("prefix", "name", "user", "last_used_at", "expires_at", "revoked_at")
    exclude = ("secret_hash",)
    list_select_related = ("user",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "team", "role", "created_at", "accepted_at", "revoked_at")
    exclude = ("token_hash",)
    list_select_related = ("team",)
