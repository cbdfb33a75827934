"""The verbs of Santral: the only writers. They know ports and the model, never HTTP or a channel's
name.
"""
