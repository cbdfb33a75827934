"""Santral's core: stores conversations, decides who answers them, and knows no channel by name."""

__version__ = "0.1.0"
