from lib.exceptions import Refusal


class RewardsError(Refusal):
    """Something about money or the chain was refused."""
