"""Which object store a URL or a folder's path means, and how long one that is away is waited for.

Who has access is said in the usual variables of each cloud (AWS_…, GOOGLE_…, AZURE_…), read by obstore.
"""

import os
from datetime import timedelta
from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, S3Store, from_url

ObjectStore = AzureStore | GCSStore | LocalStore | S3Store

ENDPOINTS = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT",
    "AZURE_STORAGE_ENDPOINT",
    "AZURE_ENDPOINT",
    "GOOGLE_BASE_URL",
)


class BadBlobStoreUrl(ValueError):
    """The message never quotes the URL, which may hold a password."""


def open_object_store(where: str) -> ObjectStore:
    """Opens no connection: a store that starts later than its services is waited for."""
    try:
        if "://" not in where:
            return _folder(Path(where))
        if where.startswith("file://"):
            return LocalStore.from_url(where, automatic_cleanup=True, mkdir=True)
        store = from_url(
            where,
            client_options={
                "connect_timeout": timedelta(seconds=3),
                "read_timeout": timedelta(seconds=10),
                "timeout": timedelta(seconds=60),
                # Whoever names an endpoint without TLS means it.
                "allow_http": any(os.environ.get(name, "").startswith("http://") for name in ENDPOINTS),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=10)},
        )
    except (BaseError, ValueError) as error:
        raise BadBlobStoreUrl(f"can't be opened ({str(error).partition(chr(10))[0]}).") from None
    if not isinstance(store, AzureStore | GCSStore | S3Store):
        raise BadBlobStoreUrl("is no object store; write s3://bucket/path, gs://…, az://… or a folder's path.")
    return store


def _folder(path: Path) -> LocalStore:
    path.mkdir(parents=True, exist_ok=True)
    return LocalStore(path.resolve(), automatic_cleanup=True)
