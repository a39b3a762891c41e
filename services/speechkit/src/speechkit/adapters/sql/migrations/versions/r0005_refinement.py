"""Refinement: chat endpoints with their sealed keys, and what tenants say of modes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "endpoints",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("base_url", sa.String(2048), nullable=False),
        sa.Column("verbatim_url", sa.Boolean(), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("context_tokens", sa.Integer(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("test_passed", sa.Boolean(), nullable=True),
        sa.Column("test_reply", sa.Text(), nullable=False),
        sa.Column("test_error", sa.Text(), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_endpoints"),
        sa.UniqueConstraint("tenant", "name", name="uq_endpoints_tenant_name"),
    )
    op.create_table(
        "modes",
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_modes"),
    )


def downgrade() -> None:
    op.drop_table("modes")
    op.drop_table("endpoints")
