import { ActionIcon, Combobox, Tooltip, useCombobox } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { openPicker, type Picker, useUi } from "@/shell/ui_state";
import css from "./header.module.css";

export interface Option {
  value: string;
  text: string;
  content: ReactNode;
}

interface Props {
  name: Picker;
  label: string;
  keyHint: string;
  icon: ReactNode;
  options: Option[];
  /** Stays open for choosing several. */
  isMultiple?: boolean;
  onPick: (value: string) => void;
  children?: ReactNode;
}

/** A header button with a list to type into; the shortcut of the same name opens it. */
export function HeaderPicker(props: Props) {
  const { name, label, keyHint, icon, options, isMultiple = false, onPick, children } = props;
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const isOpen = useUi((state) => state.picker === name);
  const combobox = useCombobox({
    opened: isOpen,
    onOpenedChange: (opened) => openPicker(opened ? name : undefined),
    onDropdownClose: () => setQuery(""),
  });
  const { focusSearchInput, selectFirstOption } = combobox;
  useEffect(() => {
    if (!isOpen) return;
    const timer = setTimeout(() => {
      focusSearchInput();
      selectFirstOption();
    }, 30);
    return () => clearTimeout(timer);
  }, [isOpen, focusSearchInput, selectFirstOption]);
  const wanted = query.trim().toLocaleLowerCase();
  const shown = options.filter(({ text }) => text.toLocaleLowerCase().includes(wanted));
  return (
    <Combobox
      store={combobox}
      width={260}
      position="bottom-end"
      withinPortal
      onOptionSubmit={(value) => {
        onPick(value);
        if (!isMultiple) openPicker(undefined);
      }}
    >
      <Combobox.Target targetType="button" withAriaAttributes={false}>
        <Tooltip label={`${label} (${keyHint})`}>
          <ActionIcon
            variant="subtle"
            color="gray"
            className={css.button ?? ""}
            aria-label={label}
            aria-haspopup="listbox"
            aria-expanded={isOpen}
            onClick={() => openPicker(isOpen ? undefined : name)}
          >
            {icon}
          </ActionIcon>
        </Tooltip>
      </Combobox.Target>
      <Combobox.Dropdown>
        <div role="dialog" aria-label={label}>
          <Combobox.Search
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
            placeholder={label}
            aria-label={label}
          />
          <Combobox.Options aria-label={label} mah={280} style={{ overflowY: "auto" }}>
            {shown.map(({ value, content }) => (
              <Combobox.Option key={value} value={value}>
                <span className={css.option}>{content}</span>
              </Combobox.Option>
            ))}
            {shown.length === 0 && <Combobox.Empty>{t("common.nothing")}</Combobox.Empty>}
          </Combobox.Options>
          {children && <Combobox.Footer>{children}</Combobox.Footer>}
        </div>
      </Combobox.Dropdown>
    </Combobox>
  );
}
