"""What the pages share: drawing functions, and the process's resources."""
