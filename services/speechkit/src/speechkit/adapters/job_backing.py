"""What stands behind jobs, as the environment asks for it: the same for those who take jobs and those who do them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from speechkit.adapters.blobs import SealedBlobStore
from speechkit.adapters.doorbell.kafka import KafkaDoorbell
from speechkit.adapters.doorbell.kafka_broker import KafkaBroker
from speechkit.adapters.doorbell.polling import PollingDoorbell
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from speechkit.adapters.ephemeral.redis import RedisLimitStore
from speechkit.adapters.ephemeral.redis_blobs import RedisBlobs
from speechkit.adapters.ephemeral.redis_fitness import UnfitRedis
from speechkit.adapters.master_keys import BadMasterKeys, open_master_keys
from speechkit.adapters.object_stores import BadBlobStoreUrl
from speechkit.adapters.sealing import MasterKeys, MasterSealer
from speechkit.adapters.sql.database import BadDatabaseUrl, Database, database_url
from speechkit.adapters.sql.delivery_store import SqlDeliveryStore
from speechkit.adapters.sql.job_store import SqlJobStore
from speechkit.adapters.sql.upload_store import SqlUploadStore
from speechkit.ports import DeliveryStore, Doorbell, EphemeralBlobs, JobStore, LimitStore, Sealer, UploadStore
from speechkit.runtime.background import in_background
from speechkit.runtime.job_blobs import JobBlobs
from speechkit.runtime.measured import TracedDoorbell
from speechkit.runtime.outbox import Outbox
from speechkit.runtime.settings import BadSettings, JobSettings, KeySettings, Settings
from speechkit.runtime.webhook_secrets import WebhookSecrets


@dataclass(frozen=True, kw_only=True)
class JobBacking:
    store: JobStore
    uploads: UploadStore
    blobs: JobBlobs
    sealer: Sealer
    limits: LimitStore
    """What keys have used: the gateway's requests and the workers' audio count as one."""
    deliveries: DeliveryStore
    doorbell: Doorbell
    outbox: Outbox
    database: Database

    @property
    def webhook_secrets(self) -> WebhookSecrets:
        return WebhookSecrets(store=self.deliveries, sealer=self.sealer)

    async def ready(self) -> bool:
        return await self.database.ready() and await self.blobs.fleeting.ready()


@asynccontextmanager
async def open_job_backing(settings: JobSettings) -> AsyncIterator[JobBacking]:
    """With an outbox at work, wherever there is a store: whichever process is left rings for what another took."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        keys = open_keys(settings)
        lasting = _open_lasting(settings, database, keys)
        fleeting = await stack.enter_async_context(_open_fleeting(settings))
        store = SqlJobStore(database)
        doorbell = await stack.enter_async_context(_open_doorbell(settings))
        outbox = Outbox(store, doorbell)
        await database.ready()  # migrates now, not at the first request; a database that is away is waited for
        await stack.enter_async_context(in_background(outbox.run, name="outbox"))
        yield JobBacking(
            store=store,
            uploads=SqlUploadStore(database),
            blobs=JobBlobs(lasting=lasting, fleeting=fleeting),
            sealer=MasterSealer(keys),
            limits=await stack.enter_async_context(_open_limit_store(settings)),
            deliveries=SqlDeliveryStore(database),
            doorbell=doorbell,
            outbox=outbox,
            database=database,
        )


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    configured = settings.database_url.get_secret_value() if settings.database_url else None
    try:
        url = database_url(configured, data_dir=settings.data_dir)
    except BadDatabaseUrl as error:
        raise BadSettings(f"EARSHOT_DATABASE_URL {error}") from None
    async with Database(url) as database:
        yield database


def open_keys(settings: KeySettings) -> MasterKeys:
    configured = settings.master_keys.get_secret_value() if settings.master_keys else None
    try:
        return open_master_keys(configured, master_key_file(settings))
    except BadMasterKeys as error:
        raise BadSettings(f"EARSHOT_MASTER_KEYS: {error}") from None


def master_key_file(settings: KeySettings) -> Path:
    return settings.data_dir / "master.keys"


def _open_lasting(settings: JobSettings, database: Database, keys: MasterKeys) -> SealedBlobStore:
    try:
        return SealedBlobStore(settings.blobs or str(settings.data_dir / "blobs"), database=database, keys=keys)
    except BadBlobStoreUrl as error:
        raise BadSettings(f"EARSHOT_BLOBS {error}") from None


@asynccontextmanager
async def _open_fleeting(settings: JobSettings) -> AsyncIterator[EphemeralBlobs]:
    if settings.redis_url is None:
        yield MemoryBlobs(room_bytes=settings.secure_memory_bytes)
        return
    async with AsyncExitStack() as stack:
        try:
            blobs = await stack.enter_async_context(RedisBlobs(settings.redis_url.get_secret_value()))
        except (UnfitRedis, ValueError) as error:
            raise BadSettings(f"EARSHOT_REDIS_URL: {error}") from None
        yield blobs


@asynccontextmanager
async def _open_limit_store(settings: JobSettings) -> AsyncIterator[LimitStore]:
    if settings.redis_url is None:
        yield MemoryLimitStore()
        return
    try:
        store = RedisLimitStore(settings.redis_url.get_secret_value())
    except ValueError as error:
        raise BadSettings(f"EARSHOT_REDIS_URL: {error}") from None
    async with store:
        yield store


@asynccontextmanager
async def _open_doorbell(settings: JobSettings) -> AsyncIterator[Doorbell]:
    if not settings.kafka_servers:
        yield PollingDoorbell()
        return
    password = settings.kafka_sasl_password
    broker = KafkaBroker(
        bootstrap_servers=tuple(server.strip() for server in settings.kafka_servers.split(",")),
        topic=settings.kafka_topic,
        tls=settings.kafka_tls,
        ca_file=_path(settings.kafka_ca_file),
        certificate_file=_path(settings.kafka_certificate_file),
        key_file=_path(settings.kafka_key_file),
        sasl_mechanism=settings.kafka_sasl_mechanism,
        sasl_username=settings.kafka_sasl_username,
        sasl_password=password.get_secret_value() if password else None,
    )
    async with KafkaDoorbell(broker) as doorbell:
        yield TracedDoorbell(doorbell, system="kafka")


def _path(path: object) -> str | None:
    return str(path) if path else None
