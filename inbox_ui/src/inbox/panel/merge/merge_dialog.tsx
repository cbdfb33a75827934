import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Contact } from "@/api/types";
import { Comparison } from "./compare";
import { FindOther } from "./find_other";
import { mergeContacts } from "./merging";

interface Props {
  contact: Contact;
  isOpen: boolean;
  /** The other one, where it is known already. */
  given?: Contact | undefined;
  onClose: () => void;
}

/** Find the other contact, compare the two, merge. */
export function MergeDialog({ contact, isOpen, given, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      size="lg"
      title={t("merge.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Steps key={given?.id ?? ""} contact={contact} given={given} onClose={onClose} />
    </Modal>
  );
}

function Steps({ contact, given, onClose }: Omit<Props, "isOpen">) {
  const client = useQueryClient();
  const [other, setOther] = useState(given);
  if (!other) return <FindOther contact={contact} onFound={setOther} />;
  return (
    <Comparison
      mine={contact}
      other={other}
      onBack={() => setOther(undefined)}
      onMerge={async (winnerId, loserId, fields) => {
        await mergeContacts(client, winnerId, loserId, fields);
        onClose();
      }}
    />
  );
}
