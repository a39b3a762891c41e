"""Jobs that are refined: by which mode, how strictly, and with which warnings."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # All may be absent: the version before adds jobs without them while this one is rolled out.
    op.add_column("jobs", sa.Column("mode", sa.String(64), nullable=True))
    op.add_column("jobs", sa.Column("strict_refinement", sa.Boolean(), nullable=True))
    op.add_column("jobs", sa.Column("warnings", sa.JSON(), nullable=True))


def downgrade() -> None:
    for column in ("warnings", "strict_refinement", "mode"):
        op.drop_column("jobs", column)
