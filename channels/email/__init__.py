"""E-mail: IMAP or the built-in SMTP listener in, SMTP out; the pure half parses and renders
mail.
"""
