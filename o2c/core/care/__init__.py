"""Running it: whether it is ready, what it measures, what it writes to the log, and how its data is kept.

`logs` and the modules of `backup` are used before Django is set up and import nothing of it.
"""
