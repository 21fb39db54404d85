"""Hashed, compressed static files whose ES module imports are rewritten to the hashed names."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.files.base import ContentFile, File
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Whole lines only, so that nothing inside a text or an expression is touched.
COMMENTS = re.compile(rb"^[ \t]*/\*\*.*?\*/[ \t]*\n|^[ \t]*//[^\n]*\n", re.MULTILINE | re.DOTALL)
INDENTATION = re.compile(rb"^[ \t]+", re.MULTILINE)


def lighten(script: bytes) -> bytes:
    """One of our modules without its comments and indentation: a fifth less for every browser to fetch."""
    return INDENTATION.sub(b"", COMMENTS.sub(b"", script))


# What staff alone load, now and then: compressing it took most of every set-up's time.
SELDOM_LOADED = ("admin/", "rest_framework/", "drf_spectacular_sidecar/")


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    manifest_strict = True

    def _save(self, name: str, content: "File[bytes]") -> str:
        if name.replace("\\", "/").startswith("js/") and name.endswith(".js"):
            content = ContentFile(lighten(b"".join(content.chunks())))
        return super()._save(name, content)

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, bool | Exception]]:
        """Without the extensions that django_htmx brings: we use none, and their comments look like imports."""
        ours = {name: path for name, path in paths.items() if not name.startswith("django_htmx/ext/")}
        yield from super().post_process(ours, dry_run, **options)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        yield from super().compress_files([path for path in paths if not path.startswith(SELDOM_LOADED)])
