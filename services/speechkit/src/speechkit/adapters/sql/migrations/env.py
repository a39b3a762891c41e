"""What Alembic executes for every command: our tables, and the connection that `migrating` opened and locked."""

from alembic import context

from speechkit.adapters.sql.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,  # SQLite can't alter a table in place
)
with context.begin_transaction():
    context.run_migrations()
