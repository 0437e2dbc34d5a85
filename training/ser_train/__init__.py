"""The trainer: corpora, speaker-disjoint splits, the attention CRNN, evaluation and export."""
