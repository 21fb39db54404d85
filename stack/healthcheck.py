"""`python stack/healthcheck.py web|worker|beat`: the containers' health checks. Nothing but the standard library."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

# Beat writes its schedule every three minutes.
BEAT_SCHEDULE = Path("/tmp/beat-schedule")  # noqa: S108
BEAT_SILENCE_SECONDS = 600


def web_is_well() -> bool:
    """Asked under the site's own name, for any other is refused."""
    site = urlsplit(os.environ.get("SITE_URL", "http://localhost:8000"))
    headers = {"Host": site.netloc, "X-Forwarded-Proto": site.scheme}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request("http://127.0.0.1:8000/health/ready/", headers=headers)
    with opener.open(request, timeout=8) as response:
        return bool(response.status == 200)


def worker_is_well() -> bool:
    name = f"celery@{socket.gethostname()}"
    command = [sys.executable, "-m", "celery", "--app", "config.celery", "inspect", "ping", "--destination", name]
    return subprocess.run(command, capture_output=True, check=False, timeout=18).returncode == 0


def beat_is_well() -> bool:
    newest = max(path.stat().st_mtime for path in BEAT_SCHEDULE.parent.glob(f"{BEAT_SCHEDULE.name}*"))
    return time.time() - newest < BEAT_SILENCE_SECONDS


def main() -> int:
    checks = {"web": web_is_well, "worker": worker_is_well, "beat": beat_is_well}
    try:
        return 0 if checks[sys.argv[1]]() else 1
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
