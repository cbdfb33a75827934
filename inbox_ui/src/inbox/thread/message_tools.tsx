import { Ellipsis, Reply, SmilePlus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { ask } from "@/inbox/composer/asks";
import { quoteOf } from "@/inbox/composer/quoting";
import type { MessageAct } from "./abilities";
import css from "./tools.module.css";

const MessageMenu = lazy(() => import("./message_menu"));

interface Props {
  message: Message;
  acts: readonly MessageAct[];
  /** Opens the form under the message. */
  onForm: (act: MessageAct) => void;
}

/** Buttons beside a bubble: plain ones in the rows, the menu comes when it is first opened. */
export function MessageTools({ message, acts, onForm }: Props) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const run = (act: MessageAct) => {
    if (act === "quote") ask({ kind: "quote", quote: quoteOf(message) });
    else onForm(act);
  };
  const more = (
    <button
      type="button"
      className={css.tool}
      data-more
      aria-label={t("tools.more")}
      aria-haspopup="menu"
      aria-expanded={isOpen}
      onClick={() => setOpen(true)}
    >
      <Ellipsis size={16} aria-hidden="true" />
    </button>
  );
  const isQuick = acts.every((act) => act === "quote" || act === "react");
  return (
    <div
      className={css.tools}
      data-tools
      data-open={isOpen || undefined}
      data-quick={isQuick || undefined}
    >
      {acts.includes("quote") && (
        <button
          type="button"
          className={css.tool}
          title={t("tools.quote")}
          aria-label={t("tools.quote")}
          onClick={() => run("quote")}
        >
          <Reply size={15} aria-hidden="true" />
        </button>
      )}
      {acts.includes("react") && (
        <button
          type="button"
          className={css.tool}
          title={t("tools.react")}
          aria-label={t("tools.react")}
          onClick={() => run("react")}
        >
          <SmilePlus size={15} aria-hidden="true" />
        </button>
      )}
      {isOpen ? (
        <Suspense fallback={more}>
          <MessageMenu acts={acts} onClose={() => setOpen(false)} onRun={run}>
            {more}
          </MessageMenu>
        </Suspense>
      ) : (
        more
      )}
    </div>
  );
}
