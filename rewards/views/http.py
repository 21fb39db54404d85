"""What the views of this app are given and show."""

from typing import NamedTuple

from django.http import HttpRequest

from accounts.models import User
from rewards.models import Token


class PersonRequest(HttpRequest):
    """A request behind login_required."""

    user: User


class WithToken(NamedTuple):
    """An amount as the `amount` tag takes it."""

    minor: int
    token: Token
