import io
import json
import zipfile

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from annotation.domain import upload_import
from annotation.domain.export import request_export, write_export
from annotation.domain.upload import discard_upload, receive_upload, start_import
from annotation.domain.upload_check import check_upload
from annotation.exceptions import AnnotationError
from annotation.models import Export, Item, Media, Project, Upload
from annotation.tests.factories import make_answer, make_draft, make_project, make_user

pytestmark = pytest.mark.django_db
CSV = b"text,n\na,1\nb,2\na,1\nbad\n\n\xc3\xa9,3\n"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def project():
    return make_draft(items=0)


def received(project, content=CSV, name="rows.csv"):
    return receive_upload(project, actor=project.created_by, file=io.BytesIO(content), name=name)


def imported(project, content=CSV, name="rows.csv"):
    upload = check_upload(received(project, content, name))
    start_import(upload, actor=project.created_by)
    return upload_import.import_upload(upload)


def test_the_dry_run_counts_good_bad_and_repeated_rows_and_makes_nothing(project):
    upload = check_upload(received(project))

    assert (upload.state, upload.rows_good, upload.rows_bad, upload.rows_duplicate) == ("checked", 3, 1, 1)
    assert [(error.row, error.reason) for error in upload.row_errors.all()] == [
        (5, "The row has 1 cells, the header 2.")
    ]
    assert [column["name"] for column in upload.columns] == ["text", "n"]
    assert not Item.objects.exists()


def test_a_dry_run_that_was_killed_begins_anew(project):
    upload = check_upload(received(project))
    Upload.objects.filter(pk=upload.pk).update(state="checking")

    again = check_upload(Upload.objects.get(pk=upload.pk))

    assert (again.rows_good, again.rows_bad, len(again.preview)) == (3, 1, len(upload.preview))
    assert again.row_errors.count() == 1


def test_the_import_makes_what_the_dry_run_promised(project):
    upload = imported(project)

    project.refresh_from_db()
    assert (upload.state, upload.rows_good, upload.rows_bad, upload.rows_duplicate) == ("imported", 3, 1, 1)
    assert project.items_total == 3
    assert list(project.items.values_list("data", flat=True)) == [
        {"text": "a", "n": "1"}, {"text": "b", "n": "2"}, {"text": "é", "n": "3"},
    ]  # fmt: skip


def test_a_second_file_adds_only_what_is_new(project):
    imported(project)

    upload = imported(project, b"n,text\n2,b\n9,z\n")

    project.refresh_from_db()
    assert (upload.rows_good, upload.rows_duplicate, project.items_total) == (1, 1, 4)


def test_an_import_killed_between_chunks_goes_on_behind_the_last_one(project, monkeypatch):
    monkeypatch.setattr(upload_import, "CHUNK_ROWS", 2)
    upload = check_upload(received(project, b"text\n" + b"".join(b"row %d\n" % n for n in range(7))))
    start_import(upload, actor=project.created_by)
    real, calls = upload_import._import_chunk, []

    def killed(*args, **kwargs):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(upload_import, "_import_chunk", killed)
    with pytest.raises(KeyboardInterrupt):
        upload_import.import_upload(upload)
    monkeypatch.setattr(upload_import, "_import_chunk", real)
    done = upload_import.import_upload(upload)

    project.refresh_from_db()
    assert (done.state, done.rows_read, done.rows_good, project.items_total) == ("imported", 7, 7, 7)


def test_texts_with_every_escape_come_back_as_they_were(project):
    rows = [{"text": "tab\tnew\nline \\ back \\N \\. “q” 🇫🇷 \u2028"}, {"text": "\\t"}, {"text": "é\u0301"}]

    imported(project, json.dumps(rows).encode(), "rows.json")

    assert list(project.items.values_list("data", flat=True)) == rows


def test_images_become_items_with_their_file(project):
    def png(colour):
        buffer = io.BytesIO()
        Image.new("RGB", (4, 3), colour).save(buffer, "PNG")
        return buffer.getvalue()

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a/red.png", png("red"))
        file.writestr("b/again.png", png("red"))
        file.writestr("blue.png", png("blue"))
        file.writestr("notes.png", b"no image")

    upload = imported(project, archive.getvalue(), "pictures.zip")

    assert (upload.rows_good, upload.rows_bad, upload.rows_duplicate) == (2, 1, 1)
    assert Media.objects.filter(project=project).count() == 2
    assert {(item.media.width, item.media.height) for item in project.items.select_related("media")} == {(4, 3)}


@pytest.mark.parametrize(("name", "content", "code"), [("a.exe", b"x", "unknown_format"), ("a.csv", b"", "empty_file")])
def test_unusable_files_leave_nothing_behind(project, tmp_path, name, content, code):
    with pytest.raises(AnnotationError) as refused:
        received(project, content, name)

    assert refused.value.code == code
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_above_the_limit_is_refused_and_removed(project, settings, tmp_path):
    settings.UPLOAD_MAX_BYTES = 10

    with pytest.raises(AnnotationError) as refused:
        received(project, b"text\n" + b"x" * 100)

    assert (refused.value.code, refused.value.status) == ("file_too_large", 413)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_that_is_no_table_fails_with_what_to_do(project):
    upload = check_upload(received(project, b",,\n1,2,3\n"))

    assert upload.state == "failed"
    assert "header" in upload.failure


def test_items_are_added_to_drafts_only(project):
    upload = check_upload(received(project))
    Project.objects.update(state=Project.State.CLOSED)

    with pytest.raises(AnnotationError, match="draft"):
        start_import(upload, actor=project.created_by)


def test_an_imported_file_is_not_discarded(project):
    upload = imported(project)

    with pytest.raises(AnnotationError, match="imported"):
        discard_upload(upload, actor=project.created_by)


def test_the_path_in_a_name_is_dropped(project):
    assert received(project, name="..\\..\\C:\\secret\\rows.csv").original_name == "rows.csv"


@pytest.mark.parametrize("kind", ["jsonl", "csv", "label_studio"])
def test_an_export_holds_accepted_answers_and_says_what_it_left_out(kind):
    project = make_project()
    worker = make_user("worker")
    make_answer(project.items.first(), worker, state="accepted")
    make_answer(project.items.last(), worker, state="pending")

    export = write_export(request_export(project, actor=project.created_by, format=Export.Format(kind)))

    with default_storage.open(export.path) as file:
        text = file.read().decode()
    assert export.state == "ready"
    assert export.items_total == 3
    assert worker.email not in text
    assert text.count("annotator-") >= 1
    assert any("wait for a verdict" in loss["what"] and loss["count"] == 1 for loss in export.losses)


def test_an_export_says_how_many_hidden_items_it_left_out():
    project = make_project(items=2)
    hidden = project.items.first()
    hidden.state = Item.State.HIDDEN
    hidden.save()

    export = write_export(request_export(project, actor=project.created_by, format=Export.Format.JSONL))

    assert [loss["count"] for loss in export.losses if "hidden" in loss["what"]] == [1]


def test_nothing_is_exported_from_nothing(project):
    with pytest.raises(AnnotationError, match="nothing to export"):
        request_export(project, actor=project.created_by, format=Export.Format.CSV)
