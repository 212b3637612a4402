"""Searching designs in batches."""
