"""Telegram: customers write to a bot, or to a business account that a bot helps to answer."""
