"""The tables for people who inspect data: facts and events, filtered, counted and sorted.

Here are statements and what they give; the same statements stand behind each "SQL" on the screen.
"""
