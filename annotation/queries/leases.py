"""What an annotator is shown of the items he holds. Gold looks like everything else: same fields, same statement."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse

from accounts.models import User
from annotation.kinds.schema import Schema, schema_for
from annotation.queries.comments import place_of


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


def live_leases(user: User, *, project_id: UUID) -> list[LeasePayload]:
    """What this person holds in a project, in the order it was drawn, returned answers first."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, {"user": user.pk, "project": project_id})
        return [read_payload(*row) for row in cursor.fetchall()]


def read_payload(
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
        returned=_returned(interface, json.loads(returned)) if returned else None,
    )


def _returned(interface: Schema, returned: dict[str, Any]) -> dict[str, Any]:
    """With the places of its comments in the annotator's words."""
    for thread in returned["threads"]:
        thread |= place_of(interface, returned["value"], thread["region"])
    return returned


def _shown(interface: Schema, data: dict[str, Any]) -> dict[str, Any]:
    """Only the columns that the interface names: another may hold the right answer."""
    return {part.name: data[part.name] for part in interface.data if part.type != "image" and part.name in data}


def _media(interface: Schema, media_id: UUID | None, width: int | None, height: int | None) -> dict[str, Any]:
    if media_id is None:
        return {}
    file = {"url": reverse("api-media", args=[media_id]), "width": width, "height": height}
    return {part.name: file for part in interface.data if part.type == "image"}


# Of a lease `l`, in the order of read_payload. The draw reads the leases it has just made with the same words.
PAYLOAD_COLUMNS = """
       l.id, l.number, l.expires_at, extract(epoch FROM l.expires_at - now()), l.price_minor, l.draft, i.data,
       m.id, m.width, m.height, s.id, s.number, s.schema,
       json_build_object('symbol', t.symbol, 'decimals', t.decimals, 'address', t.address,
                         'chain_id', c.chain_id)::text,
       CASE WHEN l.is_rework THEN (
           SELECT json_build_object('comment', coalesce(v.evidence, ''), 'reason', coalesce(v.reason, ''),
                                    'value', a.value, 'threads', coalesce((
                       SELECT json_agg(json_build_object(
                                  'id', t.id, 'region', t.region, 'is_open', t.resolved_at IS NULL,
                                  'comments', (SELECT json_agg(json_build_object(
                                                          'text', c.text, 'at', c.created_at,
                                                          'is_mine', c.by_id = a.user_id) ORDER BY c.id)
                                                 FROM annotation_comment c WHERE c.thread_id = t.id)) ORDER BY t.id)
                         FROM annotation_commentthread t WHERE t.answer_id = a.id), '[]'::json))
             FROM annotation_answer a LEFT JOIN annotation_verdict v ON v.answer_id = a.id AND v.revision = a.revision
            WHERE a.item_id = l.item_id AND a.user_id = %(user)s)::text END
"""
PAYLOAD_JOINS = """
  LEFT JOIN annotation_item i ON i.id = l.item_id
  LEFT JOIN annotation_media m ON m.id = i.media_id
  LEFT JOIN annotation_schemaversion s ON s.id = l.schema_version_id
  LEFT JOIN annotation_project p ON p.id = l.project_id
  LEFT JOIN rewards_token t ON t.id = p.token_id
  LEFT JOIN rewards_chain c ON c.id = t.chain_id
"""
_LIVE = f"""
SELECT {PAYLOAD_COLUMNS} FROM annotation_assignment l {PAYLOAD_JOINS}
 WHERE l.user_id = %(user)s AND l.project_id = %(project)s AND l.state = 'leased'
 ORDER BY l.is_rework DESC, l.number
"""  # noqa: S608
