"""Generated and mutated inputs at every parser: see `__main__`."""
