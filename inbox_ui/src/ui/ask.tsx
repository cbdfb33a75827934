import { Button, Group, Modal, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  isOpen: boolean;
  title: string;
  /** What it means, and that it is for good. */
  text: string;
  yes: string;
  isBusy: boolean;
  onYes: () => void;
  onClose: () => void;
}

/** Asks before what cannot be undone; whatever can be is done at once, with an undo. */
export function Ask({ isOpen, title, text, yes, isBusy, onYes, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={title}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Text mb="md">{text}</Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button color="red" loading={isBusy} onClick={onYes}>
          {yes}
        </Button>
      </Group>
    </Modal>
  );
}
