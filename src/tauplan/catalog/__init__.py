"""The catalogue: parts and figures as data; claims, the policy that chooses, the value, its citation."""
