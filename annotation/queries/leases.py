"""What an annotator is shown of the items he holds. Gold looks like everything else: same fields, same statement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse

from accounts.models import User
from annotation.kinds.schema import Schema, schema_for


@dataclass(frozen=True)
class LeasePayload:
    """An item on loan. `number` counts this person's leases; the item's own id would tell where it comes from."""

    id: UUID
    number: int
    data: dict[str, Any]
    media: dict[str, Any]
    schema_version: int
    expires_at: datetime
    expires_in_seconds: int
    price_minor: int
    token: dict[str, Any]
    draft: Any
    returned: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "item": self.number,
            "data": self.data,
            "media": self.media,
            "schema_version": self.schema_version,
            "expires_at": self.expires_at.isoformat(),
            "expires_in_s": self.expires_in_seconds,
            "price": {"minor": str(self.price_minor), "token": self.token},
            "draft": self.draft,
            "returned": self.returned,
        }


def lease_payloads(user: User, *, lease_ids: Sequence[UUID]) -> list[LeasePayload]:
    """These live leases of this person, in the order they were drawn."""
    return _payloads("l.id = ANY (%(ids)s::uuid[])", {"user": user.pk, "ids": [str(each) for each in lease_ids]})


def live_leases(user: User, *, project_id: UUID) -> list[LeasePayload]:
    return _payloads("l.project_id = %(project)s", {"user": user.pk, "project": project_id})


def _payloads(condition: str, parameters: dict[str, Any]) -> list[LeasePayload]:
    with connection.cursor() as cursor:
        cursor.execute(_PAYLOADS.format(condition=condition), parameters)
        return [_payload(*row) for row in cursor.fetchall()]


def _payload(
    lease_id: UUID, number: int, expires_at: datetime, seconds: int, price: Any, draft: str | None, data: str,
    media_id: UUID | None, width: int | None, height: int | None,
    version_id: int, version: int, schema: str, token: str, returned: str | None,
) -> LeasePayload:  # fmt: skip
    interface = schema_for(version_id, json.loads(schema))
    return LeasePayload(
        id=lease_id,
        number=number,
        data=_shown(interface, json.loads(data)),
        media=_media(interface, media_id, width, height),
        schema_version=version,
        expires_at=expires_at,
        expires_in_seconds=max(0, int(seconds)),
        price_minor=int(price),
        token=json.loads(token),
        draft=json.loads(draft) if draft else None,
        returned=json.loads(returned) if returned else None,
    )


def _shown(interface: Schema, data: dict[str, Any]) -> dict[str, Any]:
    """Only the columns that the interface names: another may hold the right answer."""
    return {part.name: data[part.name] for part in interface.data if part.type != "image" and part.name in data}


def _media(interface: Schema, media_id: UUID | None, width: int | None, height: int | None) -> dict[str, Any]:
    if media_id is None:
        return {}
    file = {"url": reverse("api-media", args=[media_id]), "width": width, "height": height}
    return {part.name: file for part in interface.data if part.type == "image"}


_PAYLOADS = """
SELECT l.id, l.number, l.expires_at, extract(epoch FROM l.expires_at - now()), l.price_minor, l.draft, i.data,
       m.id, m.width, m.height, s.id, s.number, s.schema,
       json_build_object('symbol', t.symbol, 'decimals', t.decimals, 'address', t.address, 'chain_id', c.chain_id)::text,
       CASE WHEN l.is_rework THEN (
           SELECT json_build_object('comment', v.evidence, 'reason', v.reason, 'value', a.value)
             FROM annotation_answer a LEFT JOIN annotation_verdict v ON v.answer_id = a.id AND v.revision = a.revision
            WHERE a.item_id = l.item_id AND a.user_id = l.user_id)::text END
  FROM annotation_assignment l
  JOIN annotation_item i ON i.id = l.item_id
  JOIN annotation_schemaversion s ON s.id = l.schema_version_id
  JOIN annotation_project p ON p.id = l.project_id
  JOIN rewards_token t ON t.id = p.token_id
  JOIN rewards_chain c ON c.id = t.chain_id
  LEFT JOIN annotation_media m ON m.id = i.media_id
 WHERE l.user_id = %(user)s AND l.state = 'leased' AND {condition}
 ORDER BY l.is_rework DESC, l.number
"""
