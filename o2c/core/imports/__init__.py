"""Loading files: one engine for every kind of row, every format and every way in.

A kind names its fields and brings its set-based SQL (`kinds.Kind`); a map says which of their columns is which of our
fields (`mapping`); a reader yields rows (`files`); values are read by pure rules (`values`) while they stream into a
staging table (`staging`); `running.load` does all of it in one transaction. docs/imports.md tells the user's side.
"""
