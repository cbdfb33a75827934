"""Reports: what the timeline says in numbers.

`tally` folds one message, `counting` keeps the buckets of a workspace, `history` counts what was
there before, `report` reads buckets for a period in a zone, `formulas` makes measures of them,
`conversation_log` lists what lies behind a number, `exports` writes both as files.
"""
