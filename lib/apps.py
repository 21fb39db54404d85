import sys

from django.apps import AppConfig

# As Python starts with it: deeper than any honest JSON, and shallower than a thread's stack.
RECURSION_LIMIT = 1000


class LibConfig(AppConfig):
    name = "lib"

    def ready(self) -> None:
        # The wallet libraries import it sooner or later, and it raises the limit so far that a deeply nested JSON
        # overruns the stack and kills the process instead of raising RecursionError.
        import py_ecc  # noqa: F401

        sys.setrecursionlimit(RECURSION_LIMIT)
