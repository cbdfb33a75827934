"""Data only: what a conversation hub is made of. No I/O, no clock, imports nothing of Santral but
errors.
"""
