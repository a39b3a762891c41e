"""The upload store in memory, with every promise of the port."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from speechkit.domain.uploads import Piece, Upload


@dataclass(kw_only=True)
class FakeUploadStore:
    rows: dict[str, Upload] = field(default_factory=dict)
    kept: dict[str, list[Piece]] = field(default_factory=dict)

    async def add(self, upload: Upload) -> None:
        self.rows[upload.id] = upload

    async def get(self, upload_id: str, *, tenant: str) -> Upload | None:
        upload = self.rows.get(upload_id)
        return upload if upload and upload.tenant == tenant else None

    async def begin(self, upload: Upload) -> Upload | None:
        row = self.rows.get(upload.id)
        if row is None or row.offset != upload.offset:
            return None
        self.rows[row.id] = replace(row, fence=row.fence + 1)
        return self.rows[row.id]

    async def extend(self, upload: Upload, *, piece: Piece, expires_at: datetime) -> Upload | None:
        row = self.rows.get(upload.id)
        if row is None or row.fence != upload.fence:
            return None
        self.kept.setdefault(row.id, []).append(piece)
        self.rows[row.id] = replace(
            row, offset=row.offset + piece.size_bytes, fence=row.fence + 1, expires_at=expires_at
        )
        return self.rows[row.id]

    async def pieces(self, upload: Upload) -> tuple[Piece, ...]:
        return tuple(self.kept.get(upload.id, ()))

    async def delete(self, upload: Upload) -> None:
        self.rows.pop(upload.id, None)
        self.kept.pop(upload.id, None)

    async def expired(self, *, now: datetime, limit: int) -> Sequence[Upload]:
        over = [upload for upload in self.rows.values() if upload.expires_at <= now]
        return sorted(over, key=lambda upload: upload.expires_at)[:limit]
