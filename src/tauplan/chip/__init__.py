"""One accelerator: the time, power and energy of one operator."""
