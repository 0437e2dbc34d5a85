"""The page of the models, `docs/model.md`: where they must arrive, where they are, and what was tried.

Every figure comes from a file that a command wrote; what no file holds yet is said to be missing, with its command.
"""

from ser_train.model_page.page import write_cards, write_model_page

__all__ = ["write_cards", "write_model_page"]
