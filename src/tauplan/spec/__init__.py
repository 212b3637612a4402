"""What a person writes: scenarios as frozen models, read from YAML 1.2 with every error at its place."""
