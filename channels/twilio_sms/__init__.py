"""Texts (SMS and MMS) by Twilio. `README.md` says how to set it up and what limits it."""
