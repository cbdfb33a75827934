"""HTTP: the route table, hooks, live socket, sign-in, errors. Thin: verbs live in services."""
