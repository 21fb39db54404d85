"""What one product consists of: which servers are embedded, on which ports, with which environment."""

import json
import os
import signal
import sys
from dataclasses import dataclass, field

from stack import anvil, keys, postgres, valkey
from stack.layout import Layout
from stack.processes import Part, answers, free_port, port_is_free
from stack.supervision import Program
from stack.trouble import Trouble

HOST = "127.0.0.1"
CHAIN_PORT = 8545


@dataclass(frozen=True)
class Plan:
    layout: Layout
    port: int
    environment: dict[str, str]
    servers: list[Program]
    services: list[Program]
    cluster: postgres.Cluster | None
    chain: anvil.Chain | None

    @property
    def base_url(self) -> str:
        return self.environment["SITE_URL"]

    @property
    def programs(self) -> list[Program]:
        return [*self.servers, *self.services]


@dataclass
class Ports:
    """The same numbers at every start as long as nobody else took them, so that a wallet's settings stay right."""

    layout: Layout
    wanted: dict[str, int] = field(default_factory=dict)

    def load(self) -> None:
        try:
            noted = json.loads(self.layout.ports.read_text(encoding="utf-8"))
            self.wanted |= {str(name): int(port) for name, port in noted.items()}
        except (OSError, ValueError, AttributeError):
            return

    def take(self, name: str) -> int:
        port = self.wanted.get(name, 0)
        if not port or not port_is_free(HOST, port):
            port = free_port()
        self.wanted[name] = port
        return port

    def save(self) -> None:
        self.layout.ports.write_text(json.dumps(self.wanted), encoding="utf-8")


def check_web_port(port: int) -> int:
    if port == 0:
        return free_port()
    # Also a server on the IPv6 address would get the browser's requests for localhost.
    if not port_is_free(HOST, port) or answers(port, "::1"):
        raise Trouble(f"Port {port} is taken: stop what uses it, or choose another one with `make run PORT=8001`.")
    return port


def make_plan(layout: Layout, *, port: int, chain_port: int | None = CHAIN_PORT) -> Plan:
    """Start nothing yet, but refuse everything that can be seen to be wrong."""
    port = check_web_port(port)
    ports = Ports(layout, {"chain": chain_port or 0})
    ports.load()
    environment = base_environment(layout, port)
    cluster, servers = plan_postgres(layout, ports, environment)
    servers += plan_valkey(layout, ports, environment)
    chain, chain_servers = plan_chain(layout, ports, environment)
    ports.save()
    return Plan(
        layout=layout,
        port=port,
        environment=environment,
        servers=[*servers, *chain_servers],
        services=plan_services(layout, port),
        cluster=cluster,
        chain=chain,
    )


def base_environment(layout: Layout, port: int) -> dict[str, str]:
    """What the person set wins over what we would choose."""
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    chosen = {
        "SITE_URL": f"http://localhost:{port}",
        "MEDIA_ROOT": str(layout.var / "media"),
        "STATIC_ROOT": str(layout.var / "static"),
        "EMAIL_FILE_PATH": str(layout.var / "mail"),
        "DEMO": "true",
        "LOG_FORMAT": "text",
        "SETTLEMENT_INTERVAL_SECONDS": "30",
        "PYTHONUNBUFFERED": "1",
    }
    if "SECRET_KEY" not in inherited:
        chosen["SECRET_KEY_FILE"] = str(keys.secret_file(layout, "secret_key"))
    return chosen | inherited


def plan_postgres(
    layout: Layout, ports: Ports, environment: dict[str, str]
) -> tuple[postgres.Cluster | None, list[Program]]:
    if environment.get("DATABASE_URL"):
        return None, []
    password = keys.database_password(layout)
    cluster = postgres.Cluster(layout.postgres, ports.take("postgres"), password, postgres.DURABLE)
    environment["DATABASE_URL"] = cluster.url
    return cluster, [Program(cluster.part(), stop_wait_seconds=30)]


def plan_valkey(layout: Layout, ports: Ports, environment: dict[str, str]) -> list[Program]:
    if environment.get("REDIS_URL"):
        return []
    broker = valkey.Broker(layout.valkey, ports.take("valkey"), keys.secret(layout, "broker_password"), is_durable=True)
    environment["REDIS_URL"] = broker.url
    return [Program(broker.part())]


def plan_chain(layout: Layout, ports: Ports, environment: dict[str, str]) -> tuple[anvil.Chain | None, list[Program]]:
    if environment.get("CHAIN_RPC_URL"):
        return None, []
    chain = anvil.Chain(ports.take("chain"))
    environment |= {"CHAIN_RPC_URL": chain.url, "CHAIN_ID": str(anvil.CHAIN_ID)}
    if "CHAIN_OPERATOR_KEYSTORE" not in environment:
        keystore, password = keys.operator_keystore(layout)
        environment["CHAIN_OPERATOR_KEYSTORE"] = str(keystore)
        environment["CHAIN_OPERATOR_PASSWORD_FILE"] = str(password)
    keeper = [sys.executable, "-m", "stack.chain_keeper", str(chain.port), str(layout.chain_state), str(layout.run)]
    return chain, [Program(Part(name="chain", command=keeper, is_ready=chain.is_ready))]


def plan_services(layout: Layout, port: int) -> list[Program]:
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", f"{HOST}:{port}"]
    celery = [sys.executable, "-m", "celery", "--app", "config.celery", "--quiet"]
    worker = [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"]
    beat = [*celery, "beat", "--schedule", str(layout.run / "beat-schedule"), "--pidfile=", "--loglevel", "INFO"]
    return [
        Program(Part("web", gunicorn, lambda: is_serving(port)), stop_wait_seconds=15),
        Program(Part("worker", worker, lambda: True, stop_signal=signal.SIGTERM), stop_wait_seconds=25),
        Program(Part("beat", beat, lambda: True), stop_wait_seconds=10),
    ]


def is_serving(port: int) -> bool:
    import urllib.error
    import urllib.request

    # Not the proxy of the environment: this is our own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://{HOST}:{port}/health/live/", headers={"Host": f"localhost:{port}"})
    try:
        with opener.open(request, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False
