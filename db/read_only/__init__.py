"""What the SQL console reads as: a role of Postgres, and one statement run as it."""
