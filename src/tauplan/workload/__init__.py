"""Workloads: what must be computed and moved, before any chip is named."""
