"""The commands of `ser-train`, one file each."""
