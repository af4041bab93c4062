"""The database: connection, tables, triggers, migrations and the embedded server."""
