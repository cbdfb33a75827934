import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { EditableList } from "@/settings/editable_list";
import css from "@/settings/settings.module.css";
import { useCan } from "@/shell/session";
import { macrosQuery } from "../queries";
import { MacroForm } from "./macro_form";

export function MacrosPage() {
  const { t } = useTranslation();
  return (
    <EditableList
      title={t("settings.macros")}
      area="macros"
      query={macrosQuery}
      canEdit={useCan("macro:write")}
      nameOf={({ name }) => name}
      remove={(macro_id) =>
        need(api.DELETE("/api/v1/macros/{macro_id}", { params: { path: { macro_id } } }))
      }
      restore={({ name, steps }) => need(api.POST("/api/v1/macros", { body: { name, steps } }))}
      row={({ name, steps }) => (
        <span className={css.grow}>
          {name}
          <small>{steps.map(({ kind }) => t(`macros.step_${kind}`)).join(" → ")}</small>
        </span>
      )}
      form={(macro, onSaved) => <MacroForm macro={macro} onSaved={onSaved} />}
      dialogSize="lg"
    />
  );
}
