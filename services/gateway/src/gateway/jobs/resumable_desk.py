"""The desk for uploads that come in pieces, each of which becomes one job's audio when it is whole.

How the pieces travel is the matter of `resumable_routes`; the job itself, of the desk for jobs.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.edge.access import Caller
from gateway.intake.arriving_pieces import ArrivingPieces
from gateway.jobs.desk import ID_FORM, Accepted, AskedJob, JobDesk, StoredAudio, new_job_id, request_digest
from speechkit.domain.errors import InvalidRequest, UploadConflict, UploadNotFound, UploadTooLarge
from speechkit.domain.jobs import MAX_SECURE_BYTES, Job
from speechkit.domain.uploads import MOST_WRITES, Piece, Upload, expiry, job_id_of, piece_blob, upload_id_of
from speechkit.ports import UploadStore
from speechkit.runtime.upload_removal import remove_upload


@dataclass(frozen=True, kw_only=True)
class UploadDesk:
    store: UploadStore
    jobs: JobDesk

    async def create(self, *, size_bytes: int, secure: bool, caller: Caller) -> Upload:
        if secure and size_bytes > MAX_SECURE_BYTES:
            raise UploadTooLarge(f"A secure job's audio lies in memory: it may have {MAX_SECURE_BYTES} bytes at most.")
        upload = Upload(
            id=upload_id_of(new_job_id()),
            tenant=caller.tenant,
            size_bytes=size_bytes,
            secure=secure,
            expires_at=expiry(secure=secure, now=_now()),
        )
        await self.store.add(upload)
        return upload

    async def get(self, upload_id: str, *, caller: Caller) -> Upload:
        """Another tenant's upload is none, and one whose time is over is none any more."""
        upload = await self._known(upload_id, caller)
        if upload is None or upload.expires_at <= _now():
            raise UploadNotFound(
                "No such upload: it has become a job, was deleted, its time was over, or it never was. Create another "
                "with POST /v1/uploads."
            )
        return upload

    async def receive(self, upload: Upload, body: ArrivingPieces) -> Upload:
        """With what the body brought. A body that breaks off has brought what came before."""
        begun = await self.store.begin(upload)
        while begun and await body.more():
            if begun.fence > MOST_WRITES:
                raise InvalidRequest("The upload came in too many pieces. Begin again, with larger ones.")
            begun = upload = await self._extended(begun, body)
        if begun is None:
            raise _written_by_another()
        body.require_whole()
        return upload

    async def delete(self, upload_id: str, *, caller: Caller) -> None:
        upload, parts = await self.get(upload_id, caller=caller), self.jobs.parts
        if not await remove_upload(upload, uploads=self.store, jobs=parts.store, blobs=parts.blobs):
            raise _written_by_another()

    async def accept(
        self,
        asked: AskedJob,
        upload_id: str,
        *,
        caller: Caller,
        idempotency_key: str | None,
    ) -> Accepted:
        """The job whose audio the upload is from now on; a request that is sent again gets that job again."""
        job_id = job_id_of(upload_id)
        digest = hashlib.sha256(upload_id.encode()).digest()  # what is whole never changes
        if known := await self._job(job_id, caller):
            audio = StoredAudio(size_bytes=known.audio_bytes, digest=digest)
            return _again(known, idempotency_key, request_digest(asked, audio))
        upload = await self.get(upload_id, caller=caller)
        secure = asked.ttl_seconds is not None
        if not upload.whole:
            raise UploadConflict(
                f"The upload is not whole: it has {upload.offset} of {upload.size_bytes} bytes. Send the rest first."
            )
        if upload.secure != secure:
            raise InvalidRequest(
                "A job is secure when its upload is: say so in the form as in the upload's Upload-Metadata, or in "
                "neither.",
                param="secure",
            )
        await self.jobs.parts.blobs.adopt(job_id, await self.store.pieces(upload), secure=secure)
        audio = StoredAudio(size_bytes=upload.size_bytes, digest=digest)
        accepted = await self.jobs.accept(
            asked, job_id=job_id, caller=caller, audio=audio, idempotency_key=idempotency_key
        )
        await self.store.delete(upload)
        if not accepted.is_new:  # another request came at the same moment
            return _again(accepted.job, idempotency_key, request_digest(asked, audio))
        return accepted

    async def _known(self, upload_id: str, caller: Caller) -> Upload | None:
        return await self.store.get(upload_id, tenant=caller.tenant) if ID_FORM.fullmatch(upload_id) else None

    async def _job(self, job_id: str, caller: Caller) -> Job | None:
        return await self.jobs.parts.store.get(job_id, tenant=caller.tenant) if ID_FORM.fullmatch(job_id) else None

    async def _extended(self, upload: Upload, body: ArrivingPieces) -> Upload:
        """By one piece; where it has become another's, that piece is not kept."""
        blobs, name = self.jobs.parts.blobs, piece_blob(upload)
        piece = Piece(name=name, size_bytes=await blobs.put_piece(name, body.piece(), secure=upload.secure))
        # After a failure here the piece stays, since it may have been added all the same.
        extended = await self.store.extend(upload, piece=piece, expires_at=expiry(secure=upload.secure, now=_now()))
        if extended is None:
            await blobs.delete_pieces([piece], secure=upload.secure)
            raise _written_by_another()
        return extended


def _again(job: Job, idempotency_key: str | None, digest: str) -> Accepted:
    if idempotency_key and (job.idempotency_key, job.request_digest) == (idempotency_key, digest):
        return Accepted(job=job, is_new=False)
    raise UploadConflict(f"This upload has become the job '{job.id}'. For another job, upload the file again.")


def _written_by_another() -> UploadConflict:
    return UploadConflict(
        "The upload is at another offset: another request has written to it. Send HEAD, and go on from its "
        "Upload-Offset."
    )


def _now() -> datetime:
    return datetime.now(UTC)
