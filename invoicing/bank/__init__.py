"""Reading the statements of banks: from bytes to facts, without a database.

`reading` recognises a format by its content and reads it, one module a format; `statements` says what a statement is;
`identity` says which lines of two files are the same line. docs/bank-statements.md tells the rest.
"""
