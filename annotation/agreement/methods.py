"""The methods by name. Adding one is a module with a function from `Votes` to `Fit`, and a line here."""

from collections.abc import Callable

from annotation.agreement.auto import auto
from annotation.agreement.dawid_skene import dawid_skene, ibcc
from annotation.agreement.hierarchy import hierarchy, hierarchy_own
from annotation.agreement.majority import majority
from annotation.agreement.one_coin import one_coin
from annotation.agreement.votes import Fit, Votes

Method = Callable[[Votes], Fit]

METHODS: dict[str, Method] = {
    "majority": majority,
    "one_coin": one_coin,
    "dawid_skene": dawid_skene,
    "ibcc": ibcc,
    "hierarchy": hierarchy,
    "hierarchy_own": hierarchy_own,
    "auto": auto,
}
# Of the product, online and in its batch fit, and of the command line.
DEFAULT_METHOD = "auto"
