"""An upload that nobody wants any more: its client says so, or its time is over."""

from speechkit.domain.uploads import Upload, job_id_of
from speechkit.ports import JobStore, UploadStore
from speechkit.runtime.job_blobs import JobBlobs


async def remove_upload(upload: Upload, *, uploads: UploadStore, jobs: JobStore, blobs: JobBlobs) -> bool:
    """With its pieces, unless they are a job's by now; False, removing nothing, where it has grown meanwhile."""
    # As its newest writer: what others still send is not added any more.
    if await uploads.begin(upload) is None:
        return False
    job_id = job_id_of(upload.id)
    if await jobs.get(job_id, tenant=upload.tenant) is None:
        await blobs.delete_pieces(await uploads.pieces(upload), secure=upload.secure)
        await blobs.delete_audio(job_id, secure=upload.secure)  # what a refused job left
    await uploads.delete(upload)
    return True
