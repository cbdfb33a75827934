"""Viber: a bot of Viber's REST API. `README.md` says how to set it up and what limits it."""
