"""Instagram direct messages: `README.md` says how to set it up and what limits it."""
