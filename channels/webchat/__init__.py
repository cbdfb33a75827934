"""Web chat: the chat window on a website. `README.md` says how to set it up and what limits it."""
