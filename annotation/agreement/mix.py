"""How a project's committee weighs the vote against the models, and how sure it may say that it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mix:
    """`vote` is the weight of the share of the votes; the models have the rest. The temperatures make the committee's
    and the models' own probabilities true on hidden probes (calibration.py); 1 leaves them as they are."""

    vote: float = 1 / 3
    temperature: float = 1.0
    models_temperature: float = 1.0

    def as_json(self) -> list[float]:
        return [self.vote, self.temperature, self.models_temperature]


NEW_MIX = Mix()
