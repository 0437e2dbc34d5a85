"""Where records and sound are written: lines, JSON, recordings."""
