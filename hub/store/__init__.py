"""The store adapters: SQLite (embedded default) and MongoDB. Use `hub.store.open.make_store`."""
