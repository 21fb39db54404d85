"""Settings are read once, at the start, and nonsense is refused there with one line that says what to do."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

ROOT = Path(__file__).resolve().parent.parent.parent
SOUND = {
    "PATH": os.environ["PATH"],
    "SECRET_KEY": "x9" * 30,
    "DATABASE_URL": "postgresql://foggara:secret@127.0.0.1:1/foggara",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "CHAIN_RPC_URL": "http://127.0.0.1:1",
}
PRODUCTION = SOUND | {
    "SECRET_KEY": "kX7#vP2!qLw9zRt4@yBn6^mHs8&dGf1*cJe5%aUi3(oWp0)xZ-KbVrTnQ",
    "SITE_URL": "https://label.example.org",
    "ALLOWED_HOSTS": "label.example.org",
    "BEHIND_TLS_PROXY": "true",
    "METRICS_TOKEN": "a-token-for-prometheus",
}


def manage(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error::UserWarning", "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is not set."),
        ("SECRET_KEY", "short", "SECRET_KEY must have at least 32 characters."),
        ("SECRET_KEY_FILE", "/nowhere/key", "SECRET_KEY_FILE points at a file that cannot be read"),
        ("DATABASE_URL", "", "DATABASE_URL is not set."),
        ("DATABASE_URL", "mysql://root@localhost/foggara", "DATABASE_URL must be an address beginning with postgres"),
        ("DATABASE_URL", "postgresql://localhost", "DATABASE_URL names no database"),
        ("DATABASE_URL", "postgresql://localhost:many/foggara", "DATABASE_URL has a port that is no number."),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must be an address beginning with redis:// or rediss://"),
        ("REDIS_URL", "redis://", "REDIS_URL must be an address"),
        ("CHAIN_RPC_URL", "ws://localhost:8545", "CHAIN_RPC_URL must be an address beginning with http://"),
        ("CHAIN_ID", "mainnet", "CHAIN_ID must be a whole number, not 'mainnet'."),
        ("CHAIN_ID", "0", "CHAIN_ID must be from 1 to"),
        ("CHAIN_CONFIRMATIONS", "-1", "CHAIN_CONFIRMATIONS must be from 0 to 1000, not -1."),
        ("CHAIN_TREASURY_ADDRESS", "0x12", "CHAIN_TREASURY_ADDRESS must be an address"),
        ("PLATFORM_FEE_BPS", "2001", "PLATFORM_FEE_BPS must be from 0 to 2000, not 2001."),
        ("SITE_URL", "label.example.org", "SITE_URL must be an address beginning with http:// or https://."),
        ("DEBUG", "maybe", "DEBUG must be true or false, not 'maybe'."),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be one of json, text, not 'xml'."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of"),
        ("API_RATE", "fast", "API_RATE must be a rate such as 1200/min, not 'fast'."),
        ("ACCOUNT_EMAIL_VERIFICATION", "perhaps", "ACCOUNT_EMAIL_VERIFICATION must be one of"),
        ("UPLOAD_MAX_BYTES", "12", "UPLOAD_MAX_BYTES must be from 1024 to"),
        ("SECURITY_CONTACT", "us", "SECURITY_CONTACT must be an address beginning with https:// or mailto:."),
    ],
)
def test_nonsense_is_refused(monkeypatch, name, value, said):
    for known in (*SOUND, name):
        monkeypatch.setenv(known, SOUND.get(known, ""))
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured) as refusal:
        runpy.run_path(str(ROOT / "config" / "settings.py"))

    assert str(refusal.value).startswith(said)
    assert "\n" not in str(refusal.value)


def test_a_refusal_is_one_line_without_a_traceback():
    done = manage("check", environment=SOUND | {"CHAIN_ID": "mainnet"})

    assert (done.returncode, done.stderr) == (1, "foggara: CHAIN_ID must be a whole number, not 'mainnet'.\n")


def test_a_secret_can_be_in_a_file_that_the_environment_names(tmp_path, monkeypatch):
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("SOME_SECRET", "from the environment")
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "key"))

    assert env.text("SOME_SECRET") == "from the file"


def test_refusals_do_not_repeat_a_secret(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://foggara:hunter2@localhost:x/foggara")

    with pytest.raises(ImproperlyConfigured) as refusal:
        env.database("DATABASE_URL")

    assert "hunter2" not in str(refusal.value)


def test_a_password_with_signs_in_it_is_read_as_it_was_meant(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://foggara:p%40ss%2Fword@db.example.org/label")

    read = env.database("DATABASE_URL")

    assert (read["PASSWORD"], read["HOST"], read["PORT"], read["NAME"]) == (
        "p@ss/word", "db.example.org", "5432", "label",
    )  # fmt: skip


def test_a_production_environment_passes_every_deployment_check():
    done = manage("check", "--deploy", "--fail-level", "INFO", environment=PRODUCTION)

    assert done.returncode == 0, done.stderr


def test_a_production_environment_keeps_cookies_and_connections_on_https():
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", "DEMO",
             "STAFF_NEEDS_SECOND_FACTOR", "ACCOUNT_DEFAULT_HTTP_PROTOCOL")  # fmt: skip
    done = manage(
        "shell", "--no-imports", "--command",
        f"from django.conf import settings as s; print([getattr(s, n) for n in {names}])",
        environment=PRODUCTION,
    )  # fmt: skip

    assert done.stdout.strip() == "[True, True, 31536000, True, False, True, 'https']"


def test_cookies_work_without_https_where_the_site_is_served_without_it():
    done = manage(
        "shell", "--no-imports", "--command",
        "from django.conf import settings as s; print(s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT)",
        environment=SOUND | {"SITE_URL": "http://localhost:8000"},
    )  # fmt: skip

    assert done.stdout.strip() == "False False"
