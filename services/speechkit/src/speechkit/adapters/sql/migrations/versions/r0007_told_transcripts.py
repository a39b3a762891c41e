"""Webhooks that carry the transcript, and each attempt to deliver one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # All may be absent: the version before adds rows without them while this one is rolled out.
    op.add_column("jobs", sa.Column("callback_transcript", sa.Boolean(), nullable=True))
    op.add_column("deliveries", sa.Column("with_transcript", sa.Boolean(), nullable=True))
    op.add_column("deliveries", sa.Column("history", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("deliveries", "history")
    op.drop_column("deliveries", "with_transcript")
    op.drop_column("jobs", "callback_transcript")
