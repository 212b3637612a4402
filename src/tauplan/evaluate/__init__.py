"""The one composition: a scenario becomes an answer."""
