import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ask } from "@/inbox/composer/asks";
import { useCan } from "@/shell/session";

interface Props {
  /** The hub's code for what went wrong. */
  reason: string;
  inboxId: string;
  canTemplates: boolean;
}

/** The one thing that helps after a failure, in its place. */
export function TroubleAction({ reason, inboxId, canTemplates }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayRepair = useCan("inbox:write");
  const button = (text: string, onClick: () => void) => (
    <Button size="compact-xs" variant="default" onClick={onClick}>
      {text}
    </Button>
  );
  switch (reason) {
    case "outside_window":
      if (!canTemplates) return button(t("trouble.other_way"), () => ask({ kind: "ways" }));
      return button(t("trouble.send_template"), () => ask({ kind: "templates" }));
    case "opted_out":
    case "recipient_unreachable":
    case "landline":
    case "unreachable_now":
      return button(t("trouble.other_way"), () => ask({ kind: "ways" }));
    case "auth_failed":
      if (!mayRepair) return null;
      return button(
        t("trouble.open_inbox"),
        () => void navigate({ to: "/settings/inboxes/$inboxId", params: { inboxId } }),
      );
    default:
      return null;
  }
}
