"""What happens in which seed. Everything here follows from the number of the seed, so a seed can be replayed."""

from dataclasses import dataclass
from random import Random

CONFIRMATIONS = 3
DELAY_SECONDS = 40
# How the faulty token turns while a batch is on its way, once: see World.turn_token.
TURNS = (("hog", 1), ("weight", 6), ("stands_still", 1), ("hog", 1), ("weight", 60))
ENDINGS = ("platform", "client", "thief", "late thief")
# A seed kills its workers at every third moment, another third each third seed, and at some more. Each fires once.
ARMED_EVERY = 3
ARMED_BESIDES = 0.1


@dataclass(frozen=True)
class Plan:
    """`ending` is how the second escrow ends: the platform refunds it; its client closes it and what was earned is
    released in the notice; its client takes it back before that, unseen or while the release is on its way."""

    seed: int
    control: str
    delay_seconds: int
    is_vetoed: bool
    has_faulty_token: bool
    ending: str
    goes_deep: bool
    has_turncoat: bool
    turn: tuple[str, int]

    @property
    def random(self) -> Random:
        return Random(self.seed)

    def arms(self, moments: list[str]) -> set[str]:
        random = Random(self.seed)
        turn = self.seed // ARMED_EVERY
        return {
            moment
            for index, moment in enumerate(moments)
            if (index + turn) % ARMED_EVERY == 0 or random.random() < ARMED_BESIDES
        }

    @property
    def reorganises(self) -> bool:
        return not self.control

    @property
    def forgets(self) -> bool:
        """The database is restored from a backup: an intent that was sent is new again."""
        return bool(self.control)


def plan_of(seed: int, control: str = "") -> Plan:
    goes_deep = not control and seed % 3 == 0
    has_faulty_token = seed % 5 != 0
    return Plan(
        seed=seed,
        control=control,
        delay_seconds=DELAY_SECONDS if seed % 2 else 0,
        is_vetoed=seed % 4 == 1,
        has_faulty_token=has_faulty_token,
        ending=ENDINGS[seed // 4 % 4],
        goes_deep=goes_deep,
        has_turncoat=goes_deep and has_faulty_token and seed % 2 == 0,
        turn=TURNS[seed // 2 % len(TURNS)],
    )
