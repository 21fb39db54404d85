from lib.exceptions import Refusal


class AccountsError(Refusal):
    """Something about people, teams, keys or wallets was refused."""


class ChallengeRefused(AccountsError):
    """A signed message does not prove what it should."""

    code = "challenge_refused"
    status = 422


class SignInRefused(AccountsError):
    """Who is asking could not be established. Says the same for an unknown address and a wrong password."""

    code = "sign_in_refused"
    status = 401


class IdempotencyRefused(AccountsError):
    """An Idempotency-Key cannot be honoured."""

    code = "idempotency_key_reused"
    status = 422
