"""Jobs, what hangs on them, and the keys of blobs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("has_hints", sa.Boolean(), nullable=False),
        sa.Column("audio_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rank", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("idempotency_key", sa.String(255), nullable=True),
        sa.Column("request_digest", sa.String(128), nullable=False),
        sa.Column("ttl_seconds", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.String(40), nullable=True),
        sa.Column("traceparent", sa.String(55), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("windows_done", sa.Integer(), nullable=False),
        sa.Column("windows_known", sa.Integer(), nullable=False),
        sa.Column("seconds_done", sa.Double(), nullable=False),
        sa.Column("audio_seconds", sa.Double(), nullable=True),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("failure_reason", sa.String(40), nullable=True),
        sa.Column("failure_message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("tenant", "idempotency_key", name="uq_jobs_tenant_idempotency_key"),
    )
    op.create_index("ix_jobs_state_tenant_rank_id", "jobs", ["state", "tenant", "rank", "id"])
    op.create_index("ix_jobs_tenant_created_at_id", "jobs", ["tenant", "created_at", "id"])
    op.create_index("ix_jobs_keep_until", "jobs", ["keep_until"])
    op.create_table(
        "tenant_turns",
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("served_seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_tenant_turns"),
    )
    op.create_table(
        "rings",
        sa.Column("job_id", sa.String(40), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name="pk_rings"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_rings_job_id", ondelete="CASCADE"),
    )
    op.create_table(
        "heard_windows",
        sa.Column("job_id", sa.String(40), nullable=False),
        sa.Column("window_key", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "window_key", name="pk_heard_windows"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_heard_windows_job_id", ondelete="CASCADE"),
    )
    op.create_table(
        "blob_keys",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_blob_keys"),
    )


def downgrade() -> None:
    for table in ("blob_keys", "heard_windows", "rings", "tenant_turns", "jobs"):
        op.drop_table(table)
