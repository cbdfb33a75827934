import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { ApiError } from "@/api/errors";
import type { Inbox, Template } from "@/api/types";
import { templateUse, type Values } from "@/inbox/templates/template_text";
import { newClientId } from "@/ui/ids";
import { problemText } from "@/ui/toast";
import { canOpen, openingOf } from "./opening";

export type StartForm = ReturnType<typeof useStart>["form"];

/** What is filled in, and sending it: as a text, or as a template where nothing else may begin. */
export function useStart(inboxes: readonly Inbox[], onDone: () => void) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  // The same id at every try of the same form, so that a doubtful send is not repeated.
  const [clientId] = useState(newClientId);
  const find = (id: string) => inboxes.find((one) => one.id === id);
  const needed = (value: string) => (value.trim() ? null : t("common.needed"));
  const form = useForm({
    initialValues: {
      inbox_id: inboxes.find(canOpen)?.id ?? "",
      address: "",
      name: "",
      subject: "",
      text: "",
    },
    validate: {
      inbox_id: needed,
      address: needed,
      text: (value, { inbox_id }) => (isText(find(inbox_id)) ? needed(value) : null),
    },
  });
  const inbox = find(form.values.inbox_id);
  const start = useMutation({
    mutationFn: (filled?: { template: Template; values: Values }) => {
      const { inbox_id, address, name, subject, text } = form.getValues();
      const words = filled
        ? { subject: "", text: "", template: templateUse(filled.template, filled.values) }
        : { subject: inbox?.capabilities.has_subject ? subject : "", text, template: null };
      const to = { inbox_id, address: address.trim(), name, contact_id: "" };
      return need(
        api.POST("/api/v1/conversations", {
          body: { client_id: clientId, html: "", file_ids: [], ...to, ...words },
        }),
      );
    },
    onSuccess: ({ conversation }) => {
      onDone();
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
  const send = (filled?: { template: Template; values: Values }) => {
    form.clearErrors();
    const { hasErrors, errors } = form.validate();
    if (hasErrors) return form.getInputNode(Object.keys(errors)[0] ?? "address")?.focus();
    start.mutate(filled);
  };
  return { form, inbox, send, isSending: start.isPending };
}

const isText = (inbox: Inbox | undefined): boolean =>
  inbox !== undefined && openingOf(inbox.capabilities) === "text";
