"""Memories: how long a byte takes and what it costs in energy."""
