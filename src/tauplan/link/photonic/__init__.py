"""Photonic links: component spectra, penalties, receiver, tuning, and the budget that joins them."""
