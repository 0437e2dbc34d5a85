"""Fit a network: the recipe, the batches, the loop, and what a run leaves behind."""
