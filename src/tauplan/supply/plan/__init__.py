"""The order plan: who, what, when, how much, on which terms."""
