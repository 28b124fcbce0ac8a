"""Collecting by SEPA direct debit: mandates, files for the bank (pain.008), its answers (pain.002) and its returns."""
