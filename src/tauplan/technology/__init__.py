"""Process technology: gates, wires and how a clock period is shared between them."""
