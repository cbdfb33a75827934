import type { TFunction } from "i18next";
import type { Capabilities } from "@/api/types";
import { fileSize } from "@/ui/time";
import { typeNames, type Unfit } from "./limits";

/** Why a file cannot go this way, in words. */
export function unfitText(fault: Unfit, can: Capabilities | undefined, t: TFunction): string {
  switch (fault) {
    case "too_large":
      return t("files.too_large", { size: fileSize(can?.attachment_max_bytes ?? 0) });
    case "empty":
      return t("files.empty");
    case "type":
      return t("files.wrong_type", {
        types: typeNames(can?.media_types ?? [])
          .map((name) => t(`files.type_${name}`, { defaultValue: name }))
          .join(", "),
      });
  }
}
