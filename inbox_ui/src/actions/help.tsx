import { Modal, SimpleGrid, Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { openDialog, useUi } from "@/shell/ui_state";
import { labelOf } from "./action";
import { ACTIONS } from "./app";
import { useActionContext } from "./context";
import css from "./help.module.css";
import { Keys } from "./palette";

/** All shortcuts, out of the registry. */
export function ShortcutsHelp() {
  const { t } = useTranslation();
  const isOpen = useUi((state) => state.dialog === "help");
  const now = useActionContext()();
  return (
    <Modal
      opened={isOpen}
      onClose={() => openDialog(undefined)}
      title={t("actions.help")}
      size="lg"
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        {(["conversation", "go", "app"] as const).map((group) => (
          <Stack key={group} gap={4}>
            <Title order={3} size="sm">
              {t(`actions.group_${group}`)}
            </Title>
            {ACTIONS.filter((action) => action.group === group && action.keys).map((action) => (
              <div key={action.id} className={css.line}>
                <span>{t(labelOf(action, now))}</span>
                <Keys keys={action.keys ?? ""} />
              </div>
            ))}
          </Stack>
        ))}
      </SimpleGrid>
    </Modal>
  );
}
