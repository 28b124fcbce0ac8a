"""E-invoices after EN 16931: read from and written as UBL 2.1, CII D16B and Factur-X, and checked by its rules."""
