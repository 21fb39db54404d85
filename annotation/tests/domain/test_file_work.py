"""Files in the background: killed, handed out twice, hostile. What was begun ends, once, and in words."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connections
from django.utils import timezone
from PIL import Image

from annotation import tasks
from annotation.domain import file_work, upload_import
from annotation.domain.upload import receive_upload, start_import
from annotation.domain.upload_check import check_upload
from annotation.models import Export, Media, Upload
from annotation.tests.domain.test_upload import imported, received
from annotation.tests.factories import make_draft, make_export, make_project, make_upload

pytestmark = pytest.mark.django_db
LATE = timedelta(minutes=3)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def project():
    return make_draft(items=0)


def test_an_import_that_is_handed_out_twice_ends_as_one(project, monkeypatch):
    monkeypatch.setattr(upload_import, "CHUNK_ROWS", 2)
    upload = check_upload(received(project, b"text\n" + b"".join(b"row %d\n" % n for n in range(7))))
    start_import(upload, actor=project.created_by)
    real, calls = upload_import._import_chunk, []

    def overtaken(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            upload_import.import_upload(upload)  # another worker does all the rest
        return real(*args, **kwargs)

    monkeypatch.setattr(upload_import, "_import_chunk", overtaken)
    done = upload_import.import_upload(upload)

    project.refresh_from_db()
    assert (done.state, done.failure, done.rows_read, project.items_total) == ("imported", "", 7, 7)


def test_an_image_whose_writing_was_killed_is_written_again(project):
    target = io.BytesIO()
    Image.new("RGB", (4, 3), "teal").save(target, "PNG")
    content = zipped({"a.png": target.getvalue()})
    imported(project, content, "a.zip")
    path = Media.objects.get().path
    file = Path(default_storage.path(path))
    whole = file.read_bytes()
    file.write_bytes(whole[:10])

    upload_import._keep_file(path, whole)

    assert file.read_bytes() == whole
    assert list(file.parent.iterdir()) == [file]


def zipped(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.jsonl", b'{"a\\u0000b": 1}\n{"t": 1}\n'), ("a.jsonl", b'{"a\\ud800": 1}\n{"t": 1}\n'),
     ("a.json", b'[{"a\\u0000b": 1}, {"t": 1}]'), ("a.csv", b"t,\xff\xfe\n1,2\n")],
)  # fmt: skip
def test_names_of_columns_that_cannot_be_kept_make_bad_rows(project, name, content):
    upload = check_upload(received(project, content, name))

    assert (upload.state, upload.rows_bad) == ("checked", 1)


def test_a_null_character_in_the_name_of_a_file_is_dropped(project):
    upload = receive_upload(project, actor=project.created_by, file=io.BytesIO(b"t\n1\n"), name="a\0b.csv")

    assert upload.original_name == "ab.csv"


def test_what_nobody_foresaw_ends_in_words(project, monkeypatch):
    upload = received(project)
    export = make_export(make_project())

    def broken(_row):
        raise KeyError("x")

    monkeypatch.setattr(file_work, "check_upload", broken)
    monkeypatch.setattr(file_work, "write_export", broken)
    tasks.check_upload(str(upload.pk))
    tasks.write_export(str(export.pk))

    upload.refresh_from_db()
    export.refresh_from_db()
    assert (upload.state, export.state) == ("failed", "failed")
    assert "written down" in upload.failure
    assert "written down" in export.failure


def test_a_lost_connection_is_left_to_the_next_try(project, monkeypatch):
    upload = received(project)

    def lost(_row):
        raise OperationalError

    monkeypatch.setattr(file_work, "check_upload", lost)
    with pytest.raises(OperationalError):
        file_work.run_check(upload.pk)

    upload.refresh_from_db()
    assert upload.state == "received"


def test_lost_tasks_are_handed_out_again_and_no_others(project, monkeypatch):
    lost = [make_upload(project, state=state) for state in ("received", "checking", "importing")]
    done, fresh = make_upload(project, state="checked"), make_upload(project, state="received")
    Upload.objects.exclude(pk=fresh.pk).update(updated_at=timezone.now() - LATE)
    export, written = make_export(project), make_export(project, state="ready")
    Export.objects.update(created_at=timezone.now() - LATE)
    sent = []
    for task in (tasks.check_upload, tasks.import_upload, tasks.write_export):
        monkeypatch.setattr(task, "delay", lambda key, task=task: sent.append((task.name.split(".")[1], key)))

    tasks.resume_files()

    kinds = ("check_upload", "check_upload", "import_upload")
    # Rows of the same millisecond have no order among themselves.
    expected = [(kind, str(row.pk)) for kind, row in zip(kinds, lost, strict=True)]
    assert sorted(sent) == sorted([*expected, ("write_export", str(export.pk))])
    assert not {str(done.pk), str(written.pk)} & {key for _kind, key in sent}


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_leaves_while_the_first_is_at_it(project):
    upload = received(project)
    first = connections.create_connection("default")
    try:
        with first.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [file_work.FILE_WORK, upload.pk.int % 2**31])
        file_work.run_check(upload.pk)
        upload.refresh_from_db()
        assert upload.state == "received"
        # Given back, for the server notices a closed connection only a moment later.
        with first.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [file_work.FILE_WORK, upload.pk.int % 2**31])
    finally:
        first.close()

    file_work.run_check(upload.pk)

    upload.refresh_from_db()
    assert upload.state == "checked"


class Killed(BaseException):
    """What a worker's end is to the code that runs in it."""


def test_a_file_that_kills_its_workers_is_given_up_in_words(project, monkeypatch):
    upload, export = received(project), make_export(make_project())

    def killed(_row):
        raise Killed

    monkeypatch.setattr(file_work, "check_upload", killed)
    monkeypatch.setattr(file_work, "write_export", killed)
    for _each in range(file_work.MAX_ATTEMPTS):
        with pytest.raises(Killed):
            file_work.run_check(upload.pk)
        with pytest.raises(Killed):
            file_work.run_export(export.pk)
    file_work.run_check(upload.pk)
    file_work.run_export(export.pk)

    upload.refresh_from_db()
    export.refresh_from_db()
    assert (upload.state, export.state) == ("failed", "failed")
    assert "10 times" in upload.failure
    assert "10 times" in export.failure


def test_an_import_that_gets_on_is_never_given_up(project, monkeypatch):
    monkeypatch.setattr(upload_import, "CHUNK_ROWS", 2)
    monkeypatch.setattr(file_work, "MAX_ATTEMPTS", 2)
    upload = check_upload(received(project, b"text\n" + b"".join(b"row %d\n" % n for n in range(9))))
    start_import(upload, actor=project.created_by)
    real, calls = upload_import._import_chunk, []

    def killed_after_one(*args, **kwargs):
        calls.append(1)
        if len(calls) % 2 == 0:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(upload_import, "_import_chunk", killed_after_one)
    for _each in range(5):
        try:
            file_work.run_import(upload.pk)
        except Killed:
            continue

    upload.refresh_from_db()
    assert (upload.state, upload.rows_good) == ("imported", 9)
