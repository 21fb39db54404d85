"""What ties a wallet's challenge to the browser session that asked for it, or to the API caller."""

import secrets

from django.http import HttpRequest

SESSION_KEY = "wallet_binding"


def session_binding(request: HttpRequest) -> str:
    """The session's secret, made when first asked for. It never leaves the server."""
    if SESSION_KEY not in request.session:
        request.session[SESSION_KEY] = secrets.token_urlsafe(32)
    return f"session:{request.session[SESSION_KEY]}"


def new_key_binding() -> str:
    return secrets.token_urlsafe(32)


def key_binding(secret: str) -> str:
    """Told apart from a session's, so that neither redeems the other's challenge."""
    return f"key:{secret}"
