import { Anchor, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queuesQuery } from "@/routing/queries";

export interface InboxRouting {
  entry_queue_id: string;
  acknowledgement: string;
  away_text: string;
}

interface Props {
  value: InboxRouting;
  onChange: (value: InboxRouting) => void;
}

/** Where an inbox's new conversations go, and what their writers are told. */
export function InboxRoutingFields({ value, onChange }: Props) {
  const { t } = useTranslation();
  const queues = useQuery(queuesQuery).data ?? [];
  return (
    <>
      <Select
        label={t("inboxes.entry_queue")}
        description={
          queues.length === 0 ? (
            <>
              {t("inboxes.no_queues")}{" "}
              <Anchor component={Link} to="/settings/queues" size="xs">
                {t("queue.add")}
              </Anchor>
            </>
          ) : (
            t("inboxes.entry_queue_help")
          )
        }
        allowDeselect={false}
        value={value.entry_queue_id}
        data={[
          { value: "", label: t("inboxes.no_entry_queue") },
          ...queues.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(entry_queue_id) => onChange({ ...value, entry_queue_id: entry_queue_id ?? "" })}
      />
      <Textarea
        label={t("inboxes.acknowledgement")}
        description={t("inboxes.acknowledgement_help")}
        placeholder={t("inboxes.acknowledgement_example")}
        autosize
        minRows={2}
        maxLength={1000}
        value={value.acknowledgement}
        onChange={(event) => onChange({ ...value, acknowledgement: event.currentTarget.value })}
      />
      <Textarea
        label={t("inboxes.away_text")}
        description={t("inboxes.away_text_help")}
        placeholder={t("inboxes.away_text_example")}
        autosize
        minRows={2}
        maxLength={1000}
        value={value.away_text}
        onChange={(event) => onChange({ ...value, away_text: event.currentTarget.value })}
      />
    </>
  );
}
