"""Jokes as data: one file per manner of telling them.

Each is (kinds of the first fact, kinds of the second, the joke); '' stands for any kind. {a} and
{b} are the facts as clauses ('you like chess'), {A} and {B} the same with a capital, {a_thing} is
what a liked or feared thing is called ('chess').
"""
