import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { ApiError } from "@/api/errors";
import { inboxesQuery } from "@/api/queries";
import { openDialog, useUi } from "@/shell/ui_state";
import { Empty } from "@/ui/empty";
import { newClientId } from "@/ui/ids";
import { problemText } from "@/ui/toast";

const close = () => openDialog(undefined);

/** Write first, by an inbox that may. */
export function NewConversation() {
  const { t } = useTranslation();
  const isOpen = useUi((state) => state.dialog === "new_conversation");
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t("new.title")}
      size="lg"
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <NewForm />
    </Modal>
  );
}

function NewForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const all = useQuery(inboxesQuery).data ?? [];
  const inboxes = all.filter(({ capabilities, is_paused }) => capabilities.can_start && !is_paused);
  // The same id at every try of the same form, so that a doubtful send is not repeated.
  const [clientId] = useState(newClientId);
  const form = useForm({
    initialValues: { inbox_id: inboxes[0]?.id ?? "", address: "", name: "", subject: "", text: "" },
    validate: {
      inbox_id: (value) => (value ? null : t("common.needed")),
      address: (value) => (value.trim() ? null : t("common.needed")),
      text: (value) => (value.trim() ? null : t("common.needed")),
    },
  });
  const chosen = inboxes.find(({ id }) => id === form.values.inbox_id);
  const start = useMutation({
    mutationFn: (values: typeof form.values) =>
      need(
        api.POST("/api/v1/conversations", {
          body: {
            ...values,
            client_id: clientId,
            contact_id: "",
            html: "",
            file_ids: [],
            template: null,
          },
        }),
      ),
    onSuccess: ({ conversation }) => {
      close();
      void navigate({
        to: "/inbox/$view/$conversationId",
        params: { view: "all", conversationId: conversation.id },
      });
    },
    onError: (error) => {
      const field = error instanceof ApiError ? error.problem.field : "";
      form.setFieldError(field in form.values ? field : "text", problemText(error));
    },
  });
  if (inboxes.length === 0) {
    return (
      <Empty title={t("new.no_inbox")} text={t("new.no_inbox_text")}>
        <Link to="/settings/inboxes/new" onClick={close}>
          {t("newcomer.inbox")}
        </Link>
      </Empty>
    );
  }
  return (
    <form onSubmit={form.onSubmit((values) => start.mutate(values))}>
      <Stack gap="sm">
        <Select
          label={t("new.from")}
          allowDeselect={false}
          data={inboxes.map(({ id, name, address }) => ({
            value: id,
            label: address ? `${name} (${address})` : name,
          }))}
          {...form.getInputProps("inbox_id")}
        />
        <Group grow align="flex-start">
          <TextInput
            label={t("new.to")}
            placeholder={chosen ? t(`identity.${chosen.capabilities.address_kind}`) : ""}
            {...form.getInputProps("address")}
            data-autofocus
          />
          <TextInput label={t("new.name")} {...form.getInputProps("name")} />
        </Group>
        {chosen?.capabilities.has_subject && (
          <TextInput label={t("composer.subject")} {...form.getInputProps("subject")} />
        )}
        <Textarea
          label={t("new.text")}
          autosize
          minRows={5}
          maxRows={14}
          maxLength={chosen?.capabilities.text_max_chars ?? 100_000}
          {...form.getInputProps("text")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={start.isPending}>
            {t("composer.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
