import ast

from storm.points import ROOT, Source, worker_points


def names():
    return {f"{point.path}:{point.function} {point.what}" for point in worker_points()}


def test_what_the_tasks_reach_is_found_by_itself():
    found = names()

    assert "rewards/domain/outbox.py:Outbox._move save" in found
    assert "rewards/domain/outbox.py:Outbox._broadcast broadcast" in found
    assert "rewards/domain/outbox.py:Outbox.step commit" in found
    assert "rewards/domain/ledger.py:_add_entries sql" in found
    assert "rewards/domain/chain_events.py:_refunded save" in found  # through a table of functions
    assert "accounts/domain/audit.py:record create" in found
    assert len(found) > 60


def test_what_only_people_do_is_not_the_workers():
    assert not any("holds.py:resume_batch" in name or "escrows.py:reserve" in name for name in names())


def test_a_write_is_told_from_what_looks_like_one(tmp_path):
    path = ROOT / "storm" / "points.py"
    source = Source(path)
    source.tree = ast.parse(
        "SQL = 'UPDATE t SET a = 1'\n"
        "def f(row, known, digest, cursor):\n"
        "    known.update({'a': 1})\n"
        "    digest.update(b'')\n"
        "    cursor.execute('SELECT 1 FOR UPDATE')\n"
        "    row.save()\n"
        "    cursor.execute(SQL)\n"
        "    Row.objects.filter(a=1).update(a=2)\n"
    )
    (function,) = [found for found in source._functions() if found.name == "f"]

    assert sorted((point.first, point.what) for point in source.points(function)) == [
        (6, "save"), (7, "sql"), (8, "update"),
    ]  # fmt: skip
