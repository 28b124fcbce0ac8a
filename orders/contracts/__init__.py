"""Contracts with customers: what is agreed for a time, how it is renewed, and when it ends."""
