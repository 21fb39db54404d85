"""Pages about oneself: profile, wallets, keys."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access
from accounts.domain import api_key, person, wallet
from accounts.exceptions import AccountsError
from accounts.forms import KeyForm, ProfileForm
from accounts.models import ApiKey, Scope, Wallet
from accounts.queries import ways_to_sign_in
from accounts.views.http import PersonRequest

YEAR_SECONDS = 365 * 24 * 3600


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/profile.html", {"form": form})
    changed = person.update_profile(request.user, **form.changes())
    with translation.override(changed.locale or translation.get_language()):
        messages.success(request, _("Your profile is saved."))
    response = redirect("profile")
    _remember_locale(response, changed.locale, is_secure=request.is_secure())
    return response


def _remember_locale(response: HttpResponse, locale: str, *, is_secure: bool) -> None:
    """The language last chosen wins, whether it was chosen here or at the foot of a page."""
    if locale:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, locale, max_age=YEAR_SECONDS, samesite="Lax", secure=is_secure
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")


@login_required
@require_safe
def wallets(request: PersonRequest) -> HttpResponse:
    mine = list(Wallet.objects.filter(user=request.user))
    context = {"wallets": mine, "is_only_way_in": ways_to_sign_in(request.user) == {"wallet"} and len(mine) == 1}
    return render(request, "accounts/wallets.html", context)


@login_required
@require_POST
def unlink_wallet(request: PersonRequest, pk: UUID) -> HttpResponse:
    mine = access.wallet_for(request.user, pk)
    try:
        wallet.unlink_wallet(mine, by=request.user)
        messages.success(request, _("The wallet is no longer linked."))
    except AccountsError as refusal:
        messages.error(request, refusal.message)
    return redirect("wallets")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: PersonRequest) -> HttpResponse:
    form = KeyForm(request.POST or None, initial={"scopes": [Scope.READ]})
    secret = ""
    if request.method == "POST" and form.is_valid():
        scopes = [Scope(name) for name in form.cleaned_data["scopes"]]
        try:
            _key, secret = api_key.create_key(
                request.user, name=form.cleaned_data["name"], scopes=scopes, expires_at=form.expires_at()
            )
            form = KeyForm(initial={"scopes": [Scope.READ]})
        except AccountsError as refusal:
            form.add_error(None, refusal.message)
    keys = Paginator(ApiKey.objects.filter(user=request.user), 20).get_page(request.GET.get("page"))
    # The secret goes out with this answer alone: no redirect, because a redirect would have to keep it somewhere.
    return render(request, "accounts/api_keys.html", {"form": form, "keys": keys, "secret": secret})


@login_required
@require_POST
def revoke_key(request: PersonRequest, pk: UUID) -> HttpResponse:
    api_key.revoke_key(access.key_for(request.user, pk), by=request.user)
    messages.success(request, _("The key is revoked. Programs that use it are refused from now on."))
    return redirect("api-keys")
