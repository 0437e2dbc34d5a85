"""Speech detection measured: webrtcvad, Silero and both, and the search that chose the thresholds."""
