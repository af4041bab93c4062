"""The room: who is signed in, which threads they are in, and what their screens hear."""
