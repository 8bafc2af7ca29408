"""Answering a graph's calls from a record."""
