from stat import S_IMODE

from django.core.files.base import ContentFile

from config import settings
from lib.staticfiles import ModuleManifestStorage


def test_what_one_user_collects_another_may_serve(tmp_path):
    """An image is built by root and runs as somebody else; uploads are for their owner alone."""
    storage = ModuleManifestStorage(str(tmp_path), "/static/", **settings.STORAGES["staticfiles"]["OPTIONS"])

    storage.save("js/page.js", ContentFile(b"export const one = 1;\n"))
    storage.save_manifest()

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"page.js", "staticfiles.json"}
    assert {S_IMODE(path.stat().st_mode) for path in files} == {0o644}
