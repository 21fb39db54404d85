"""What the demo's projects hold: a few lines written for it, and pictures drawn by it."""

import csv
import io
import random
import zipfile
from typing import Any

from PIL import Image, ImageDraw

PLACES = ("the ferry", "the market", "the night train", "the bakery", "the library", "the clinic", "the repair shop")
GOOD = (
    "I would go back to {} tomorrow: quick, kind and cheaper than expected.",
    "They found my bag at {} and called me the same evening.",
    "Everything at {} worked, and nobody made me feel in the way.",
    "Honestly the best hour of my week was spent at {}.",
)
BAD = (
    "An hour of waiting at {}, and then they closed.",
    "Nobody at {} could tell me what I had paid for.",
    "The noise at {} was such that my daughter began to cry.",
    "I asked {} for a receipt three times and never got one.",
)
MIXED = (
    "The people at {} are lovely, but bring patience and your own chair.",
    "Good prices at {}, poor light, and the door sticks.",
    "{} opens at nine on weekdays and at ten on Saturdays.",
)
LABELS = {"positive": GOOD, "negative": BAD, "mixed": MIXED}
SKY, SEA, SAND, LEAF = (208, 222, 231), (46, 104, 128), (214, 188, 140), (92, 128, 84)


def reviews_csv() -> tuple[bytes, dict[str, str]]:
    """The file of the text project, and what each of its sentences sounds like."""
    rows = [
        (template.format(place)[:1].upper() + template.format(place)[1:], label)
        for label, templates in LABELS.items()
        for template in templates
        for place in PLACES
    ]
    random.Random(5).shuffle(rows)  # noqa: S311 - the same demo every time
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["id", "text", "source"])
    for number, (text, _label) in enumerate(rows, start=1):
        writer.writerow([f"r{number:03}", text, "guest book"])
    return file.getvalue().encode(), dict(rows)


def landscapes_zip() -> bytes:
    """Thirty drawn landscapes: sea, dunes, or a garden."""
    chance = random.Random(11)  # noqa: S311 - the same demo every time
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(30):
            picture = io.BytesIO()
            _landscape(chance, number).save(picture, "JPEG", quality=88)
            archive.writestr(f"landscape-{number:02}.jpg", picture.getvalue())
    return target.getvalue()


def _landscape(chance: random.Random, number: int) -> Image.Image:
    image = Image.new("RGB", (960, 640), SKY)
    draw = ImageDraw.Draw(image)
    horizon = chance.randint(240, 400)
    ground = (SEA, SAND, LEAF)[number % 3]
    draw.rectangle((0, horizon, 960, 640), fill=ground)
    for _shape in range(14):
        x, y, w = chance.randint(-80, 900), chance.randint(horizon, 620), chance.randint(60, 260)
        shade = tuple(max(0, min(255, part + chance.randint(-22, 22))) for part in ground)
        if number % 3 == 0:
            draw.arc((x, y, x + w, y + 24), 180, 360, fill=shade, width=4)
        elif number % 3 == 1:
            draw.polygon([(x, y + 60), (x + w // 2, y), (x + w, y + 60)], fill=shade)
        else:
            draw.ellipse((x, y - 40, x + 46, y + 6), fill=shade)
    draw.ellipse(
        (*(spot := (chance.randint(80, 820), chance.randint(40, 160))), spot[0] + 64, spot[1] + 64),
        fill=(246, 226, 170),
    )
    return image


def choices(
    name: str, title: dict[str, str], source: str, options: list[tuple[str, dict[str, str], str]]
) -> dict[str, Any]:
    """A schema with one single-choice question."""
    kind = "image" if source == "image" else "text"
    return {
        "schema": "1",
        "data": {source: {"type": kind}},
        "fields": [
            {
                "name": name,
                "tool": "choices",
                "title": title,
                "source": source,
                "multiple": False,
                "required": True,
                "options": [{"value": value, "title": titles, "key": key} for value, titles, key in options],
            }
        ],
    }


SENTIMENT = choices(
    "sentiment",
    {"en": "How does the guest feel?", "fr": "Que ressent le client ?", "ja": "お客様の気持ちは？"},
    "text",
    [
        ("positive", {"en": "Positive", "fr": "Positif", "ja": "良い"}, "1"),
        ("negative", {"en": "Negative", "fr": "Négatif", "ja": "悪い"}, "2"),
        ("mixed", {"en": "Mixed or neutral", "fr": "Mitigé ou neutre", "ja": "どちらでもない"}, "3"),
    ],
)
LANDSCAPE = choices(
    "landscape",
    {"en": "What does the picture show?", "fr": "Que montre l’image ?", "ja": "何の絵ですか？"},
    "image",
    [
        ("sea", {"en": "Sea", "fr": "Mer", "ja": "海"}, "1"),
        ("dunes", {"en": "Dunes", "fr": "Dunes", "ja": "砂丘"}, "2"),
        ("garden", {"en": "Garden", "fr": "Jardin", "ja": "庭"}, "3"),
    ],
)
INSTRUCTIONS = """## What to do
Read the sentence as a friend would. Choose how the **guest** feels, not what you think of the place.

- *Positive*: the guest is glad, even if something small went wrong.
- *Negative*: the guest is annoyed, hurt or disappointed.
- *Mixed or neutral*: good and bad weigh the same, or there is no feeling at all.

## When you are unsure
Skip it and say why. A skip costs you nothing.
"""
IMAGE_INSTRUCTIONS = """Choose what covers most of the ground: water, sand or plants. The sky does not count.
"""
