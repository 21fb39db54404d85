"""One option of a list, or several."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.agreement.resolve import Decision
from annotation.agreement.spaces import Plain, Space
from annotation.kinds.choices import config as configs
from annotation.kinds.choices import consensus, export, value
from annotation.kinds.choices.config import ChoicesConfig
from annotation.kinds.contract import Check, Field, LabelStudioTag
from lib.exceptions import FieldError


class ChoicesKind:
    name = "choices"
    title = _("Choices")

    def config_schema(self) -> dict[str, Any]:
        return configs.config_schema()

    def parse(self, raw: Mapping[str, Any], path: str) -> tuple[ChoicesConfig, list[FieldError]]:
        return configs.parse(raw, path)

    def condition_errors(self, config: ChoicesConfig, op: str, value: Any) -> list[str]:
        return configs.condition_errors(config, op, value)

    def value_schema(self, config: ChoicesConfig) -> dict[str, Any]:
        return value.value_schema(config)

    def compile(self, config: ChoicesConfig) -> Check:
        return value.compile_check(config)

    def canonical(self, field: Field, answer: Any) -> Any:
        return value.canonical(field.config, answer)

    def space(self, config: ChoicesConfig, *, required: bool) -> Space:
        return consensus.space_of(config, required=required)

    def plain(self, field: Field, answer: Any) -> Plain:
        return consensus.to_plain(field.config, answer)

    def decide(self, field: Field, probabilities: list[float]) -> Decision:
        return consensus.decide(field.config, probabilities, required=field.required)

    def distance(self, field: Field, one: Any, other: Any) -> float:
        return consensus.distance(field.config, one, other)

    def words(self, field: Field, answer: Any, locale: str) -> list[str]:
        return value.words(field.config, answer, locale)

    def parts(self, field: Field, answer: Any, locale: str) -> dict[str, str]:
        return value.parts(field.config, answer, locale)

    def csv_columns(self, field: Field) -> list[str]:
        return [field.name]

    def csv_cells(self, field: Field, answer: Any) -> list[str]:
        return export.csv_cells(field.config, answer)

    def label_studio_results(self, field: Field, answer: Any, *, to_name: str) -> list[dict[str, Any]]:
        return export.label_studio_results(field, answer, to_name=to_name)

    def label_studio_config(self, field: Field, *, to_name: str, locale: str) -> LabelStudioTag:
        return export.label_studio_config(field, to_name=to_name, locale=locale)
