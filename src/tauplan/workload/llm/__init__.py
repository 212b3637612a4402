"""Large language models: their shape, where it is read from, and what follows from it."""
