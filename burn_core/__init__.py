"""Burn's domain and engine: people, threads and facts as rows, and the loop that is an agent."""
