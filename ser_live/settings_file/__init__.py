"""Options in a TOML file: where it is, what it may say, how it is read, and one to begin with."""

from ser_live.settings_file.options import Option, options_of
from ser_live.settings_file.place import users_file
from ser_live.settings_file.read import Setting, read_settings
from ser_live.settings_file.template import template

__all__ = ["Option", "Setting", "options_of", "read_settings", "template", "users_file"]
