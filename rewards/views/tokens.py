"""What finance admins set about each token."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import finance_admin_page
from rewards import access, queries
from rewards.domain.tokens import set_smallest_push
from rewards.exceptions import RewardsError
from rewards.forms import SmallestPushForm
from rewards.views.http import PersonRequest


@finance_admin_page
@never_cache
@require_safe
def token_list(request: PersonRequest) -> HttpResponse:
    rows = [(token, SmallestPushForm(token=token)) for token in queries.all_tokens()]
    return render(request, "rewards/token_list.html", {"rows": rows})


@finance_admin_page
@require_POST
def smallest_push(request: PersonRequest, pk: UUID) -> HttpResponse:
    token = access.token_for(request.user, pk)
    form = SmallestPushForm(request.POST, token=token)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("finance-tokens")
    try:
        set_smallest_push(
            token, actor=request.user, minor=form.cleaned_data["amount"], reason=form.cleaned_data["reason"]
        )
    except RewardsError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Noted: it holds from the next batch on."))
    return redirect("finance-tokens")
