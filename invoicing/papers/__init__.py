"""The papers that go to customers, invoices, credit notes, statements and notices by post: from facts to PDF.

`facts` says all that stands on a paper; nothing here decides or computes an amount. docs/papers.md tells the rest.
"""
