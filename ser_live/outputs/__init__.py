"""What becomes of the records: lines, JSON, recordings."""
