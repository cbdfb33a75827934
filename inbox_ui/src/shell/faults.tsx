import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "@/ui/empty";
import { problemText } from "@/ui/toast";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main>
      <h1 className="hidden-visually">{t("shell.not_found")}</h1>
      <Empty title={t("shell.not_found")} text={t("shell.not_found_text")}>
        <Link to="/">{t("shell.to_inbox")}</Link>
      </Empty>
    </main>
  );
}

export function PageFault({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <main>
      <h1 className="hidden-visually">{t("shell.fault")}</h1>
      <Empty title={t("shell.fault")} text={problemText(error)}>
        <Button onClick={() => globalThis.location.reload()}>{t("shell.reload")}</Button>
      </Empty>
    </main>
  );
}
