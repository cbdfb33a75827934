import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { ApiError } from "@/api/errors";
import { t } from "@/i18n";

/** What went wrong, in the hub's own words where it sent any. */
export function problemText(error: unknown): string {
  if (!(error instanceof ApiError)) return t("common.failed");
  if (error.problem.code === "unreachable") return t("common.unreachable");
  if (error.problem.code === "unavailable") return t("common.unavailable");
  const { message } = error.problem;
  const first = message.charAt(0).toLocaleUpperCase(i18next.language);
  return message ? first + message.slice(1) : t("common.failed");
}

/** The cross has no text of its own. */
const named = () => ({ closeButtonProps: { "aria-label": t("common.close") } });

export function toastProblem(error: unknown): void {
  notifications.show({ color: "red", message: problemText(error), autoClose: 8000, ...named() });
}

export function toast(message: string): void {
  notifications.show({ message, autoClose: 4000, withBorder: true, ...named() });
}

/** Undo instead of "are you sure". */
export function toastUndo(message: string, undo: () => void): void {
  const id = notifications.show({
    withBorder: true,
    autoClose: 8000,
    ...named(),
    message: (
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          {t("common.undo")}
        </Button>
      </Group>
    ),
  });
}
