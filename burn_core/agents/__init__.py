"""The agents: who they are, when they speak, and how they are asked."""
