"""The commands of `ser-live` beside listening, one file each."""
