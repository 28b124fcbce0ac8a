"""Inquiries: a customer asks something, somebody answers it in time, with the documents that are asked for."""
