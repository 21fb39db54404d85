from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lib.ids import new_id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str | None = None, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower() or None if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in with an e-mail address, a wallet, or both; a wallet-only person has no address."""

    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True, null=True, blank=True)
    display_name = models.CharField(_("display name"), max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the operators' admin site.")
    is_quality_admin = models.BooleanField(_("quality admin"), default=False)
    is_finance_admin = models.BooleanField(_("finance admin"), default=False)
    is_suspended = models.BooleanField(
        _("suspended"), default=False, help_text="May not take new work; may still claim what was earned."
    )
    date_joined = models.DateTimeField(default=timezone.now)

    # What eligibility asks about: kept on the row that every request loads anyway.
    languages = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    locale = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=40, blank=True)
    workbench_prefs = models.JSONField(default=dict, blank=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.display_name or self.email or f"person {self.public_id.hex[-6:]}"

    def get_username(self) -> str:
        return self.email or str(self.public_id)

    def get_short_name(self) -> str:
        return str(self)
