"""Statements of account: the figures of many customers in one pass, their papers, and their runs and schedules."""
