import { Button, Menu } from "@mantine/core";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";

interface Props {
  /** "reports" or "log": which of the hub's exports. */
  of: "reports" | "log";
  query: Record<string, string | number | undefined>;
}

/** The same numbers as files, in the reader's language. */
export function ExportMenu({ of, query }: Props) {
  const { t, i18n } = useTranslation();
  const address = (format: "csv" | "xlsx") => {
    const given = Object.entries({ ...query, format, language: i18n.language });
    const said = given.filter(([, value]) => value !== undefined && value !== "");
    const text = new URLSearchParams(said.map(([name, value]) => [name, String(value)]));
    return `/api/v1/${of}/export?${text}`;
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Download size={15} aria-hidden="true" />}>
          {t("reports.export.label")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={address("csv")} download>
          {t("reports.export.csv")}
        </Menu.Item>
        <Menu.Item component="a" href={address("xlsx")} download>
          {t("reports.export.xlsx")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
