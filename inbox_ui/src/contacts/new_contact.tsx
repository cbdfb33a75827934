import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/keys";
import { problemText } from "@/ui/toast";

interface Props {
  isOpen: boolean;
  onClose: () => void;
}

export function NewContact({ isOpen, onClose }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: "", email: "", phone: "" },
    validate: { name: (value) => (value.trim() ? null : t("common.needed")) },
  });
  const create = useMutation({
    mutationFn: (body: typeof form.values) => need(api.POST("/api/v1/contacts", { body })),
    onSuccess: (contact) => {
      client.setQueryData(keys.contact(contact.id), contact);
      void client.invalidateQueries({ queryKey: keys.contactLists });
      form.reset();
      onClose();
      void navigate({ to: "/contacts/$contactId", params: { contactId: contact.id } });
    },
    onError: (error) => {
      const field = error instanceof ApiError ? error.problem.field : "";
      form.setFieldError(field in form.values ? field : "name", problemText(error));
    },
  });
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={t("contacts.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form onSubmit={form.onSubmit((values) => create.mutate(values))}>
        <Stack gap="sm">
          <TextInput
            label={t("contact.name")}
            required
            data-autofocus
            {...form.getInputProps("name")}
          />
          <TextInput label={t("identity.email")} type="email" {...form.getInputProps("email")} />
          <TextInput label={t("identity.phone")} type="tel" {...form.getInputProps("phone")} />
          <Button type="submit" loading={create.isPending}>
            {t("common.create")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
