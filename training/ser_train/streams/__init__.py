"""The stream score card: streams with exact truth, the live path on them, and what it is worth there."""
