"""The trainer: corpora, speaker-disjoint splits, the attention CRNN, evaluation and export."""

from ser_live.quiet_libraries import switch_off_usage_data

switch_off_usage_data()
