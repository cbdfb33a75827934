import { Alert, Button, Group, Radio, SegmentedControl, Stack } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Contact } from "@/api/types";
import { PHONE } from "@/shell/navigation";
import { nameOf } from "@/ui/name";
import { problemText } from "@/ui/toast";
import {
  type Fact,
  factsOf,
  flip,
  isContested,
  type Side,
  sideOf,
  takenFields,
} from "./comparison";
import { addressesOf } from "./find_other";
import css from "./merge.module.css";

interface Props {
  mine: Contact;
  other: Contact;
  onBack: () => void;
  onMerge: (winnerId: string, loserId: string, fields: string[]) => Promise<void>;
}

/** The two side by side: which one stays, whose facts are kept, and what will happen. */
export function Comparison({ mine, other, onBack, onMerge }: Props) {
  const { t } = useTranslation();
  const [keep, setKeep] = useState<Side>("mine");
  const [chosen, setChosen] = useState<Record<string, Side>>({});
  const isNarrow = useMediaQuery(PHONE) ?? false;
  const facts = factsOf(mine, other, (field) => t(`merge.${field}`));
  const [winner, loser] = keep === "mine" ? [mine, other] : [other, mine];
  const names = toldApart(mine, other, t);
  const merge = useMutation({
    mutationFn: () => onMerge(winner.id, loser.id, takenFields(facts, chosen, keep)),
  });
  return (
    <Stack gap="md">
      <div>
        <p className={css.label} id="merge-keep">
          {t("merge.keep")}
        </p>
        <SegmentedControl
          fullWidth
          className={css.keep ?? ""}
          orientation={isNarrow ? "vertical" : "horizontal"}
          aria-labelledby="merge-keep"
          value={keep}
          onChange={(side) => setKeep(side as Side)}
          data={[
            { value: "mine", label: t("merge.keep_this", { name: names.mine }) },
            { value: "other", label: t("merge.keep_this", { name: names.other }) },
          ]}
        />
      </div>
      <section>
        <h3 className={css.label}>{t("merge.facts")}</h3>
        {facts.map((fact) => (
          <FactRow
            key={fact.field}
            fact={fact}
            side={sideOf(fact, chosen, keep)}
            onChoose={(side) => setChosen({ ...chosen, [fact.field]: side })}
          />
        ))}
        <div className={css.fact}>
          <b>{t("merge.addresses")}</b>
          <span>{addressesOf(mine) || <i>{t("merge.empty")}</i>}</span>
          <span>{addressesOf(other) || <i>{t("merge.empty")}</i>}</span>
          <small>{t("merge.addresses_both")}</small>
        </div>
      </section>
      <Consequences
        winner={names[keep]}
        loser={names[flip(keep)]}
        isBlocked={winner.is_blocked !== loser.is_blocked}
      />
      {merge.isError && (
        <Alert color="red" role="alert">
          {problemText(merge.error)}
        </Alert>
      )}
      <Group justify="space-between">
        <Button variant="subtle" leftSection={<ArrowLeft size={14} />} onClick={onBack}>
          {t("merge.back")}
        </Button>
        <Button loading={merge.isPending} onClick={() => merge.mutate()} data-autofocus>
          {t("merge.merge")}
        </Button>
      </Group>
    </Stack>
  );
}

interface FactProps {
  fact: Fact;
  side: Side;
  onChoose: (side: Side) => void;
}

function FactRow({ fact, side, onChoose }: FactProps) {
  const { t } = useTranslation();
  if (!isContested(fact)) {
    return (
      <div className={css.fact}>
        <b>{fact.label}</b>
        <span>{fact.mine || <i>{t("merge.empty")}</i>}</span>
        <span>{fact.other || <i>{t("merge.empty")}</i>}</span>
        {fact.mine === fact.other && <small>{t("merge.same_for_both")}</small>}
      </div>
    );
  }
  return (
    <Radio.Group
      value={side}
      onChange={(value) => onChoose(value as Side)}
      label={fact.label}
      className={css.choice}
    >
      <div className={css.two}>
        <Radio size="xs" value="mine" label={fact.mine} />
        <Radio size="xs" value="other" label={fact.other} />
      </div>
    </Radio.Group>
  );
}

/** Two of one name are told apart by their addresses. */
function toldApart(mine: Contact, other: Contact, t: TFunction): Record<Side, string> {
  const names = { mine: nameOf(mine, t), other: nameOf(other, t) };
  if (names.mine !== names.other) return names;
  const more = (contact: Contact) => addressesOf(contact) || contact.id.slice(0, 4).toUpperCase();
  return {
    mine: `${names.mine} (${more(mine)})`,
    other: `${names.other} (${more(other)})`,
  };
}

interface ConsequencesProps {
  winner: string;
  loser: string;
  isBlocked: boolean;
}

function Consequences({ winner, loser, isBlocked }: ConsequencesProps) {
  const { t } = useTranslation();
  return (
    <section className={css.consequences}>
      <h3 className={css.label}>{t("merge.what_happens")}</h3>
      <ul>
        <li>{t("merge.consequence_identities", { winner, loser })}</li>
        <li>{t("merge.consequence_open")}</li>
        {isBlocked && <li>{t("merge.consequence_blocked")}</li>}
        <li>{t("merge.consequence_undo")}</li>
      </ul>
    </section>
  );
}
