"""`hub demo`: a sample workspace, a week of conversations, and the customers' mailboxes beside the
sample shop. The only part of the hub that names channels. Not imported by `hub serve`.
"""

from hub.demo.stage import staged

__all__ = ["staged"]
