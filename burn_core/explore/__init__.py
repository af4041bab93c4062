"""Looking through the tables: facts and events, filtered, counted, sorted and downloaded.

The functions named select_ make statements, and those named find_ and list_ run them. The same
statements stand behind every "SQL" button on the screen.
"""
