"""The API's description that the inbox is built from equals the server's."""

from tools.openapi import TARGET, text


def test_the_committed_document_is_the_servers() -> None:
    assert TARGET.read_text("utf-8") == text(), "run `make openapi`"
