"""Routing: which agent gets which waiting conversation, by one engine for every channel.

`engine` decides (pure, in memory) with the help of `seats` (who can take what), `demands` (what a
piece of work asks for), `lines` (in which order it is served), `strategies` (whom of several) and
`trace` (why).
"""
