"""Log-mel and hand-made features of a window, as the model's contract asks for them."""
