"""The three agents of a new database. Where there are agents, these files change nothing."""
