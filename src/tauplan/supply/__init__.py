"""Supply: when the parts of a system arrive."""
