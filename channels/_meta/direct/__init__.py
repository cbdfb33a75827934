"""Direct messages of Meta's Messenger Platform: what Messenger and Instagram have in common (one
webhook format, one Send API). `Dialect` says where they differ; the two channel folders bind it.
"""
