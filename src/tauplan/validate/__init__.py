"""Measured cases against predictions."""
