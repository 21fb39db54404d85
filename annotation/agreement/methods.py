"""The methods by name. Adding one is a module with a function from `Votes` to `Fit`, and a line here."""

from collections.abc import Callable

from annotation.agreement.majority import majority
from annotation.agreement.one_coin import one_coin
from annotation.agreement.votes import Fit, Votes

Method = Callable[[Votes], Fit]

METHODS: dict[str, Method] = {
    "majority": majority,
    "one_coin": one_coin,
}
DEFAULT_METHOD = "one_coin"
