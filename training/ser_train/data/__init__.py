"""Clips become windows: cut speech on disk, windows of it, what they are trained towards, features."""
