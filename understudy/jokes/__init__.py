"""Jokes as data: one file per manner of telling them.

Each is (kinds of the first fact, kinds of the second, the joke); '' means any kind. {a} and {b}
are the facts as clauses ('you like chess'), {A} and {B} the same with a capital letter, {a_thing}
is the name of a thing that is liked or feared ('chess').
"""
