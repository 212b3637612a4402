"""Prices that move: forecasts that are scored, contract steps with regimes, paths."""
