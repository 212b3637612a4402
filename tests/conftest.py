"""Settings of all tests."""

from hypothesis import settings

# a shared machine may stall any example: how long one takes is a matter for the benchmarks
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
