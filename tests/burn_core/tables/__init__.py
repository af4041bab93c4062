"""What people may look through: each filter against the same WHERE, typed by hand."""
