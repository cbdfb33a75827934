"""The composition root: what each command of the CLI does (`commands`, `server`). The only package
that may import every layer.
"""
