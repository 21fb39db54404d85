"""How gunicorn serves the product. The address comes from the command line (`--bind`)."""

from pathlib import Path

wsgi_app = "config.wsgi:application"
workers = 2
worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 10
keepalive = 5
# Restarted now and then, at different times, so that a slow leak never becomes an outage.
max_requests = 20_000
max_requests_jitter = 2_000
# The heartbeat file on a slow disk can make a healthy worker look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
accesslog = None
errorlog = "-"
