"""Serving under load: iteration-level continuous batching, event by event."""
