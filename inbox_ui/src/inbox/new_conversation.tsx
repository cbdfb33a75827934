import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { openDialog, useUi } from "@/shell/ui_state";

const StartForm = lazy(() => import("./starting/start_form"));

const close = () => openDialog(undefined);

/** Write first, by an inbox that may. */
export function NewConversation() {
  const { t } = useTranslation();
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const isOpen = useUi((state) => state.dialog === "new_conversation");
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t("new.title")}
      size="auto"
      fullScreen={isNarrow}
      closeButtonProps={{
        "aria-label": t("common.close"),
        size: isNarrow ? 44 : 28,
        iconSize: 20,
      }}
    >
      <Suspense fallback={null}>
        <StartForm onClose={close} />
      </Suspense>
    </Modal>
  );
}
