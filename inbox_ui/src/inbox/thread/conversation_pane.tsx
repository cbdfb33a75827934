import { Drawer, Skeleton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Composer } from "@/inbox/composer/composer";
import { ConversationHeader } from "@/inbox/header/conversation_header";
import { ContactPanel } from "@/inbox/panel/contact_panel";
import { togglePanel, useUi } from "@/shell/ui_state";
import { Fault } from "@/ui/fault";
import { Separator, usePane, widthOf } from "@/ui/panes";
import { Nearby } from "./nearby_line";
import css from "./pane.module.css";
import { ThreadView } from "./thread_view";
import { useConversation } from "./use_conversation";

const NARROW = "(max-width: 68em)";

/** One conversation: head, timeline, composer, and the contact beside it. */
export function ConversationPane() {
  const { conversationId = "" } = useParams({ strict: false });
  return <Pane key={conversationId} id={conversationId} />;
}

function Pane({ id }: { id: string }) {
  const { t } = useTranslation();
  const { detail, error, reload } = useConversation(id);
  const isNarrow = useMediaQuery(NARROW) ?? false;
  const isPanelOpen = useUi((state) => state.isPanelOpen);
  const panel = usePane("panel", { width: 300, min: 240, max: 480 });
  if (error && !detail) return <Fault error={error} onRetry={reload} />;
  if (!detail) return <PaneSkeleton />;
  const { conversation } = detail;
  const contact = <ContactPanel contactId={conversation.contact.id} conversationId={id} />;
  return (
    <div className={css.page}>
      <section
        className={css.thread}
        aria-label={t("thread.with", { name: conversation.contact.name })}
      >
        <ConversationHeader detail={detail} />
        <ThreadView conversation={conversation} />
        <Nearby conversationId={id} />
        <Composer detail={detail} />
      </section>
      {isPanelOpen && !isNarrow && (
        <>
          <Separator pane={panel} label={t("inbox.resize_panel")} isReversed />
          <aside className={css.panel} style={widthOf(panel)} aria-label={t("contact.panel")}>
            {contact}
          </aside>
        </>
      )}
      {isNarrow && <NarrowPanel title={conversation.contact.name}>{contact}</NarrowPanel>}
    </div>
  );
}

/** On narrow screens the panel lies over the conversation and begins closed. */
function NarrowPanel({ title, children }: { title: string; children: React.ReactNode }) {
  const { t } = useTranslation();
  const isOpen = useUi((state) => !state.isPanelOpen);
  return (
    <Drawer
      opened={isOpen}
      onClose={togglePanel}
      position="right"
      size={320}
      title={title}
      closeButtonProps={{ "aria-label": t("common.close"), size: 44 }}
    >
      {children}
    </Drawer>
  );
}

function PaneSkeleton() {
  return (
    <div className={css.skeleton} aria-hidden="true">
      <Skeleton height={28} width="40%" />
      <Skeleton height={70} width="60%" />
      <Skeleton height={50} width="50%" ml="auto" />
      <Skeleton height={90} width="65%" />
    </div>
  );
}
