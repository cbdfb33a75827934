import { useMediaQuery } from "@mantine/hooks";
import { Outlet, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PHONE } from "@/shell/navigation";
import { Separator, usePane, widthOf } from "@/ui/panes";
import css from "./inbox_page.module.css";
import { ListPane } from "./list/list_pane";

/** List and conversation beside each other; on a phone one of the two. */
export function InboxPage() {
  const { t } = useTranslation();
  const isPhone = useMediaQuery(PHONE) ?? false;
  const { conversationId } = useParams({ strict: false });
  const list = usePane("list", { width: 340, min: 260, max: 560 });
  const hasList = !isPhone || !conversationId;
  const hasConversation = !isPhone || Boolean(conversationId);
  return (
    <div className={css.page}>
      {hasList && (
        <div className={css.list} style={widthOf(list)}>
          <ListPane />
        </div>
      )}
      <Separator pane={list} label={t("inbox.resize_list")} />
      {hasConversation && (
        <div className={css.conversation}>
          <Outlet />
        </div>
      )}
    </div>
  );
}
