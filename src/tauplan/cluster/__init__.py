"""Many accelerators: parallel plan, memory footprint, training step, serving, failures."""
