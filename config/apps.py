from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        # Every process that may send a task needs the application, with its broker, loaded.
        from config import celery, probes  # noqa: F401

        probes.register()
