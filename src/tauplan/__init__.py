"""Plan AI compute systems by time."""
