"""Benchmarks: each compares the product with plain SQL in one run, on one server and the same data.

A module here has `measure(report)`; `python -m bench` runs them all, `python -m bench dunning pages` these two, each
on the million-item book of `bench.book` in its known state. `BOOK = False` in a module says that it needs none.
"""
