"""The pages of the models: `docs/model.md`, and `fairness.md`, `streams.md`, `vad.md`, `research.md`.

Every figure comes from a file that a command wrote; what no file holds yet is said to be missing, with its command.
"""

from ser_train.model_page.page import write_cards, write_model_pages

__all__ = ["write_cards", "write_model_pages"]
