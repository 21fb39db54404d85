from lib.exceptions import Refusal


class AccountsError(Refusal):
    """Something about people, teams, keys or wallets was refused."""
