"""What the channels of Meta's Graph API (WhatsApp, Messenger, Instagram) have in common. No channel
itself: the leading underscore keeps it out of the list.
"""
