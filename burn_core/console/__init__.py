"""The SQL console: running what a host types, the catalogue, and the lessons."""
