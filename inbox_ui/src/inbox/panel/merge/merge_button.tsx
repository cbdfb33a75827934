import { Button } from "@mantine/core";
import { Merge } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Contact } from "@/api/types";
import { MergeDialog } from "./merge_dialog";

export function MergeButton({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<Merge size={14} />}
        onClick={() => setOpen(true)}
      >
        {t("merge.with")}
      </Button>
      <MergeDialog contact={contact} isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  );
}
