"""Property tests try the same examples everywhere, without a clock and without files of their own."""

from hypothesis import settings

settings.register_profile("ser-live", deadline=None, derandomize=True, database=None)
settings.load_profile("ser-live")
