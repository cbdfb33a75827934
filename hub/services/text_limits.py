"""How much of a text is kept and shown, the same wherever a message comes from."""

TEXT_MAX = 200_000
PREVIEW_CHARS = 160
