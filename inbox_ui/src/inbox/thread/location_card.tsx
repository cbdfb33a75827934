import { ExternalLink, MapPin } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Location } from "@/api/types";
import css from "./content.module.css";

/** A place in words. The map is a link: a foreign map inside would tell others where our customers are. */
export function LocationCard({ location }: { location: Location }) {
  const { t } = useTranslation();
  const { latitude, longitude, name, address } = location;
  const coordinates = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const title = name || t("content.location");
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return (
    <section className={css.place} aria-label={t("content.location_of", { name: title })}>
      <span className={css.pin} aria-hidden="true">
        <MapPin size={22} />
      </span>
      <div className={css.facts}>
        <b>{title}</b>
        {address && <span>{address}</span>}
        <small>{coordinates}</small>
        <a href={map} target="_blank" rel="noopener noreferrer nofollow">
          {t("content.open_map")} <ExternalLink size={12} aria-hidden="true" />
          <span className="hidden-visually">{t("content.new_tab")}</span>
        </a>
      </div>
    </section>
  );
}
