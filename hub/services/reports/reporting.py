"""What the web layer gets as one: reports, the conversation log, files of both."""

from __future__ import annotations

from dataclasses import dataclass

from hub.clock import Clock
from hub.i18n import Texts
from hub.ports.store import DocumentStore
from hub.services.reports.conversation_log import ConversationLog
from hub.services.reports.exports import Exports
from hub.services.reports.report import Reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    reports: Reports
    log: ConversationLog
    exports: Exports


def make_reporting(store: DocumentStore, clock: Clock, texts: Texts) -> Reporting:
    log = ConversationLog(store)
    return Reporting(reports=Reports(store, clock), log=log, exports=Exports(store, log, texts))
