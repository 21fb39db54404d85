from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"

    def ready(self) -> None:
        from annotation import metrics
        from annotation.domain.parts import REFERENCE_KIND
        from annotation.undertakings import Projects
        from rewards import references

        metrics.register()
        references.register(REFERENCE_KIND, Projects())
