import type { SendMessage } from "@/api/types";
import type { ChosenTemplate } from "@/inbox/templates/template_picker";
import { templateUse } from "@/inbox/templates/template_text";

/** The request for a filled-in template; the hub makes its text. */
export function templateRequest(chosen: ChosenTemplate, clientId: string): SendMessage {
  const { way, template, values } = chosen;
  return {
    client_id: clientId,
    kind: "message",
    inbox_id: way.inbox_id,
    identity_id: way.identity_id,
    text: "",
    html: "",
    subject: "",
    cc: [],
    file_ids: [],
    mentions: [],
    quick_replies: [],
    template: templateUse(template, values),
    reply_to_seq: 0,
  };
}
