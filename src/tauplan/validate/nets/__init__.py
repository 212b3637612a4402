"""Readers of published suites of network timings, one per suite."""
