"""Just enough English grammar to hear what people say about themselves, and to say it back."""
