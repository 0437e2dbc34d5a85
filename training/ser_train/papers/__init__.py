"""The systems of the five papers: whole clips become arrays once, networks are trained on the arrays."""
