from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lib.ids import new_id


class Media(models.Model):
    """A file of a project, as it is shown: image turned upright (EXIF applied and recorded)."""

    # Random: an id that grows with the import would tell gold, drawn out of order, from the rest.
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="media")
    path = models.CharField(max_length=255, help_text="Within the storage.")
    original_name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64, help_text="Of the file as uploaded.")
    bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    exif_orientation = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["project", "sha256"], name="one_media_per_project_and_hash")]

    def __str__(self) -> str:
        return self.original_name


class Item(models.Model):
    """One thing to label. `places` answers are wanted; `taken` of them are leased or answered."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        HIDDEN = "hidden", _("Hidden")

    # No index of its own: (project, position) below begins with it, and an import pays for every index.
    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="items", db_index=False)
    position = models.PositiveIntegerField()
    data = models.JSONField()
    media = models.ForeignKey(Media, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    original_name = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, help_text="Of the canonical JSON of the data, media by hash.")
    places = models.PositiveSmallIntegerField()
    taken = models.PositiveSmallIntegerField(default=0)
    answered = models.PositiveSmallIntegerField(default=0, help_text="Answers that count: not the rejected ones.")
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    is_gold = models.BooleanField(default=False)

    class Meta:
        ordering = ("project", "position")
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="one_item_per_project_and_position"),
            models.UniqueConstraint(fields=["project", "sha256"], name="one_item_per_project_and_content"),
            models.CheckConstraint(condition=Q(taken__lte=F("places")), name="never_more_taken_than_places"),
            models.CheckConstraint(condition=Q(answered__lte=F("taken")), name="never_more_answered_than_taken"),
        ]
        indexes = [
            models.Index(
                fields=["project", "position"],
                condition=Q(state="open", is_gold=False, taken__lt=F("places")),
                name="items_with_free_places",
            ),
            models.Index(fields=["project"], condition=Q(is_gold=True), name="gold_items"),
            models.Index(fields=["media"], condition=Q(media__isnull=False), name="items_by_media"),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"


class HiddenItem(models.Model):
    """An item that several people called broken, and what the client or a quality admin decided of it."""

    class Decision(models.TextChoices):
        SHOWN = "shown", _("Shown again")
        LEFT_OUT = "left_out", _("Left out")

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="hidden")
    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="hidden_items", db_index=False)
    people = models.PositiveIntegerField(help_text="So many called it broken.")
    hidden_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=Decision, blank=True, help_text="Empty: nobody has looked yet.")
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-hidden_at", "pk")
        indexes = [models.Index(fields=["project", "decision", "-hidden_at"], name="hidden_items_of_project")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="hidden_item_is_decided_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"hidden {self.item_id}"


class GoldAnswer(models.Model):
    """What the right answer of a gold item is. A probe is drawn blind and never shown as such; what is set aside for
    the exam or for practice is shown with its answer sooner or later, and hence never drawn."""

    class Use(models.TextChoices):
        PROBE = "probe", _("Hidden probe")
        EXAM = "exam", _("Exam question")
        PRACTICE = "practice", _("Practice, with its answer")

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="gold")
    value = models.JSONField()
    explanation = models.TextField(blank=True)
    use = models.CharField(max_length=8, choices=Use, default=Use.PROBE)
    made_at = models.DateTimeField(
        auto_now_add=True, null=True, help_text="A verdict from before was no test of its reviewer."
    )

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["use", "item"], condition=~Q(use="probe"), name="gold_set_aside")]

    def __str__(self) -> str:
        return f"gold of {self.item_id}"


class ItemTarget(models.Model):
    """Manual assignment: this item is meant for this annotator."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="targets")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="one_target_per_item_and_annotator")]
        indexes = [models.Index(fields=["user", "item"], name="target_by_annotator")]

    def __str__(self) -> str:
        return f"{self.item_id} to {self.user_id}"


class Upload(models.Model):
    """A file on its way to becoming items: checked first (dry run), imported when the client says so."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Being imported")
        IMPORTED = "imported", _("Imported")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="uploads")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    original_name = models.CharField(max_length=255)
    path = models.CharField(max_length=255)
    format = models.CharField(max_length=10)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    bytes_read = models.PositiveBigIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_good = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    rows_duplicate = models.PositiveIntegerField(default=0)
    columns = models.JSONField(default=list, help_text="[{name, kind, filled, example}]")
    preview = models.JSONField(default=list, help_text="The first rows as items.")
    failure = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Of workers, since there was progress.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.original_name


class UploadError(models.Model):
    """A row that cannot become an item, with its number and the reason. The first thousand are kept."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="row_errors")
    row = models.PositiveIntegerField()
    field = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ("upload", "row", "pk")

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"
