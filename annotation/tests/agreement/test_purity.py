import subprocess
import sys

from annotation.tests.agreement.votes_for_tests import REPOSITORY

PROGRAM = """
import pkgutil, sys
import annotation.agreement as room
for module in pkgutil.iter_modules(room.__path__):
    __import__(f"{room.__name__}.{module.name}")
print([name for name in sys.modules if name.split(".")[0] in ("django", "pandas", "lib") or "kinds" in name])
"""


def test_agreement_needs_neither_django_nor_kinds():
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
