"""Hears a recording and says its genre, how sure it is and why."""

__version__ = "0.1.0"
