"""Just enough English grammar to read what people say about themselves, and to say it back."""
