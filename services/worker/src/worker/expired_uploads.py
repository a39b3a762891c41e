"""Uploads that were broken off, or never became a job, are deleted when their time is over."""

import asyncio
from datetime import UTC, datetime

import structlog

from speechkit.domain.errors import StoreUnavailable
from speechkit.domain.uploads import SWEPT_AFTER
from speechkit.ports import JobStore, UploadStore
from speechkit.runtime.job_blobs import JobBlobs
from speechkit.runtime.upload_removal import remove_upload

log = structlog.get_logger(__name__)

DELETED_AT_ONCE = 100


async def sweep_uploads(uploads: UploadStore, jobs: JobStore, blobs: JobBlobs, *, every_seconds: float) -> None:
    while True:
        try:
            for upload in await uploads.expired(now=datetime.now(UTC) - SWEPT_AFTER, limit=DELETED_AT_ONCE):
                if await remove_upload(upload, uploads=uploads, jobs=jobs, blobs=blobs):
                    log.info("upload_expired", upload_id=upload.id, tenant=upload.tenant)
        except StoreUnavailable:
            pass  # the store's own log says why
        await asyncio.sleep(every_seconds)
