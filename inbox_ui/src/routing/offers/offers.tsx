import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Check, Crown, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Keys } from "@/actions/palette";
import type { Conversation } from "@/api/types";
import { useSecond } from "@/routing/clock";
import { offersQuery, queuesQuery } from "@/routing/queries";
import { useMe } from "@/shell/session";
import { ChannelIcon } from "@/ui/channel_icon";
import { nameOf } from "@/ui/name";
import { stopwatch } from "@/ui/time";
import { acceptOffer, declineOffer } from "./answer";
import css from "./offers.module.css";
import { Ring } from "./ring";
import { useOfferNotices } from "./use_offer_notices";

/** What is being offered to me, the one that ends first on top. It never takes the focus. */
export function Offers() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const me = useMe();
  const offers = useQuery(offersQuery(client, me)).data ?? [];
  const queues = useQuery(queuesQuery).data ?? [];
  const queueOf = (one: Conversation) =>
    queues.find(({ id }) => id === one.routing?.queue_id)?.name ?? "";
  useOfferNotices(offers, queueOf);
  const first = offers[0];
  return (
    <>
      <p className="hidden-visually" role="alert">
        {first && t("offer.announce", { name: nameOf(first.contact, t), queue: queueOf(first) })}
      </p>
      {first && (
        <section className={css.stack} aria-label={t("offer.title", { count: offers.length })}>
          {offers.map((offered, index) => (
            <OfferCard
              key={offered.id}
              offered={offered}
              queue={queueOf(offered)}
              isFirst={index === 0}
            />
          ))}
        </section>
      )}
    </>
  );
}

interface Props {
  offered: Conversation;
  queue: string;
  isFirst: boolean;
}

function OfferCard({ offered, queue, isFirst }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const now = useSecond();
  const [isBusy, setBusy] = useState(false);
  const { routing, contact, channel, preview } = offered;
  const offer = routing?.offer;
  if (!routing || !offer) return null;
  const name = nameOf(contact, t);
  const waited = stopwatch(now - routing.entered_at);
  const accept = () => {
    setBusy(true);
    void acceptOffer(client, router, offered).finally(() => setBusy(false));
  };
  return (
    <article className={css.card} aria-label={t("offer.one", { name })}>
      <Ring left={offer.until - now} of={offer.until - offer.at} />
      <div className={css.main}>
        <h2 className={css.name}>
          <ChannelIcon channel={channel} size={15} />
          <span>{name}</span>
          {routing.is_vip && (
            <Crown size={15} className={css.vip} role="img" aria-label={t("vip.is")} />
          )}
        </h2>
        <p className={css.about}>
          {[queue, t("offer.waited", { time: waited })].filter(Boolean).join(" · ")}
        </p>
        {preview && <p className={css.words}>{preview}</p>}
      </div>
      <div className={css.buttons}>
        <Button
          flex={1}
          loading={isBusy}
          leftSection={<Check size={16} />}
          rightSection={isFirst && <Keys keys="y" />}
          onClick={accept}
        >
          {t("offer.accept")}
        </Button>
        <Button
          variant="default"
          leftSection={<X size={16} />}
          rightSection={isFirst && <Keys keys="x" />}
          onClick={() => void declineOffer(client, offered)}
        >
          {t("offer.decline")}
        </Button>
      </div>
    </article>
  );
}
