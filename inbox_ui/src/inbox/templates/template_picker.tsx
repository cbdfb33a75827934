import { Modal, Select } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Template, Way } from "@/api/types";
import TemplateBrowser from "./template_browser";
import type { Values } from "./template_text";

export interface ChosenTemplate {
  way: Way;
  template: Template;
  values: Values;
  text: string;
}

interface Props {
  /** Those that take templates. */
  ways: readonly Way[];
  way: Way;
  contactName: string;
  onSend: (chosen: ChosenTemplate) => void;
  onClose: () => void;
}

/** Choose a template, fill it in, see how it will read, send it. */
export default function TemplatePicker({ ways, way: first, contactName, onSend, onClose }: Props) {
  const { t } = useTranslation();
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const [way, setWay] = useState(first);
  return (
    <Modal
      opened
      onClose={onClose}
      size={920}
      fullScreen={isNarrow}
      title={t("template.title")}
      closeButtonProps={{
        "aria-label": t("common.close"),
        size: isNarrow ? 44 : 28,
        iconSize: 20,
      }}
    >
      <TemplateBrowser
        inboxId={way.inbox_id}
        contactName={contactName}
        filter={ways.length > 1 && <WayFilter ways={ways} way={way} onChoose={setWay} />}
        onSend={(template, values, text) => onSend({ way, template, values, text })}
      />
    </Modal>
  );
}

interface WayFilterProps {
  ways: readonly Way[];
  way: Way;
  onChoose: (way: Way) => void;
}

function WayFilter({ ways, way, onChoose }: WayFilterProps) {
  const { t } = useTranslation();
  const keyOf = ({ inbox_id, identity_id }: Way) => `${inbox_id} ${identity_id}`;
  return (
    <Select
      size="xs"
      aria-label={t("filter.inbox_id")}
      allowDeselect={false}
      value={keyOf(way)}
      data={ways.map((one) => ({
        value: keyOf(one),
        label: [one.name, one.address].filter(Boolean).join(" · "),
      }))}
      onChange={(key) => onChoose(ways.find((one) => keyOf(one) === key) ?? way)}
    />
  );
}
