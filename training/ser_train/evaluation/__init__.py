"""Measure a model through the live path, and say how sure the figures are."""
