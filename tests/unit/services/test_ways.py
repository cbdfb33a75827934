"""Where an inbox can write to: the address that wrote last, the network's own ids only where they
serve.
"""

from __future__ import annotations

from hub.model.contact import Address, Contact, Identity, IdentityKind
from hub.model.conversation import heard_key
from hub.model.inbox import Inbox
from hub.ports.channel import Capabilities
from hub.services.ways import addresses_in, window_until

INBOX = Inbox(id="ws.talk", channel="talk", name="Talk")
PHONE = Capabilities(address_kind="phone", reply_window_h=24)
ANN = Contact(id="ws.ann", claimed_email="ann@shop.example")


def identity(
    id: str, kind: IdentityKind = "phone", scope: str = "", at: int = 0, proved: bool = True
) -> Identity:
    return Identity(
        id=f"ws.{id}",
        contact_id=ANN.id,
        address=Address(kind, id, scope),
        is_verified=proved,
        created_at=at,
    )


def names(can: Capabilities, *known: Identity, heard: dict[str, int] | None = None) -> list[str]:
    keys = {heard_key(INBOX.id, f"ws.{id}"): at for id, at in (heard or {}).items()}
    return [to.value for _, to in addresses_in(INBOX, can, known, ANN, keys)]


def test_proved_and_newer_addresses_come_first() -> None:
    known = [identity("old"), identity("typed", at=9, proved=False), identity("new", at=5)]
    assert names(PHONE, *known) == ["new", "old", "typed"]


def test_the_address_that_wrote_last_comes_first() -> None:
    known = [identity("new", at=5), identity("old")]
    assert names(PHONE, *known, heard={"old": 7, "new": 3}) == ["old", "new"]


def test_an_id_of_this_inbox_serves_where_no_number_is_known() -> None:
    hidden = identity("id-1", "handle", INBOX.id)
    assert names(PHONE, hidden) == ["id-1"]
    assert names(PHONE, identity("number"), hidden) == ["number"]
    assert names(PHONE, identity("number"), hidden, heard={"id-1": 5}) == ["id-1", "number"]


def test_an_id_of_another_inbox_or_network_leads_nowhere() -> None:
    handle = Capabilities(address_kind="handle")
    assert names(handle, identity("a", "handle", "ws.other"), identity("b", "handle", "net")) == []
    assert names(handle, identity("c", "handle", "talk")) == ["c"]


def test_a_live_channel_has_one_reader_and_mail_may_go_to_a_typed_address() -> None:
    live = Capabilities(address_kind="visitor", is_live=True)
    readers = [identity("v1", "visitor", INBOX.id), identity("v2", "visitor", INBOX.id, at=5)]
    assert names(live, *readers) == ["v2"]
    assert names(Capabilities(address_kind="email")) == ["ann@shop.example"]


def test_a_window_counts_from_the_last_word_and_people_may_have_a_longer_one() -> None:
    ann = identity("ann")
    heard = {heard_key(INBOX.id, ann.id): 1_000}
    human = Capabilities(address_kind="phone", reply_window_h=24, human_window_h=168)
    assert window_until(PHONE, INBOX, ann, heard) == 1_000 + 24 * 3_600_000
    assert window_until(human, INBOX, ann, heard) == 1_000 + 168 * 3_600_000
    assert window_until(PHONE, INBOX, ann, {}) == 0
    assert window_until(Capabilities(address_kind="phone"), INBOX, ann, heard) == 0
