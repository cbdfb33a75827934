"""Protocols and the records they exchange. Services are written against these; adapters implement
them.
"""
