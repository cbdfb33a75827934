"""The cache of the embedded store never holds anything older than the last commit."""

from hub.store.sqlite_cache import Cache

KEY, OTHER = ("notes", "w.1"), ("notes", "w.2")


def test_what_was_fetched_is_kept() -> None:
    cache = Cache(1000)
    cache.offer(cache.watch(), {KEY: b"read"})
    assert cache.get(KEY) == b"read"


def test_a_write_during_the_fetch_wins() -> None:
    cache = Cache(1000)
    written = cache.watch()
    cache.put({KEY: b"new"})
    cache.offer(written, {KEY: b"old", OTHER: b"read"})
    assert (cache.get(KEY), cache.get(OTHER)) == (b"new", b"read")


def test_a_deletion_during_the_fetch_wins() -> None:
    cache = Cache(1000)
    written = cache.watch()
    cache.put({KEY: None})
    cache.offer(written, {KEY: b"old"})
    assert cache.get(KEY) is None


def test_a_write_that_was_pushed_out_again_wins() -> None:
    cache = Cache(160)
    written = cache.watch()
    cache.put({KEY: b"new"})
    for number in range(100):
        cache.put({("notes", f"w.x{number}"): b"12345678"})
    assert cache.get(KEY) is None
    cache.offer(written, {KEY: b"old"})
    assert cache.get(KEY) is None


def test_what_was_not_asked_for_longest_goes_first() -> None:
    cache = Cache(160)
    cache.put({KEY: b"12345678"})
    for number in range(100):
        cache.put({("notes", f"w.x{number}"): b"12345678"})
        assert cache.get(KEY) is not None
