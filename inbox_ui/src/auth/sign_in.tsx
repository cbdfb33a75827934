import { Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need, rememberCsrfToken } from "@/api/client";
import { keys } from "@/api/keys";
import { problemText } from "@/ui/toast";
import css from "./auth.module.css";
import { AuthFrame } from "./frame";

/** Only pages of this app: an address from outside must not lead anywhere else. */
export const safeTarget = (from: string): string =>
  from.startsWith("/") && !from.startsWith("//") && !from.startsWith("/\\") ? from : "/";

export function SignInPage() {
  const { t } = useTranslation();
  const { from } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const client = useQueryClient();
  const [hasForgotten, setForgotten] = useState(false);
  const form = useForm({ initialValues: { email: "", password: "" } });
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string }) =>
      need(api.POST("/api/v1/auth/sign-in", { body })),
    onSuccess: (me) => {
      rememberCsrfToken(me.csrf_token);
      client.setQueryData(keys.me, me);
      void navigate({ to: safeTarget(from), replace: true });
    },
  });
  if (hasForgotten) return <Forgot email={form.values.email} onBack={() => setForgotten(false)} />;
  return (
    <AuthFrame title={t("auth.sign_in")}>
      <form onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
        <Stack gap="sm">
          {signIn.isError && (
            <p className={css.fault} role="alert">
              {problemText(signIn.error)}
            </p>
          )}
          <TextInput
            label={t("auth.email")}
            type="email"
            autoComplete="username"
            required
            autoFocus
            {...form.getInputProps("email")}
          />
          <PasswordInput
            label={t("auth.password")}
            autoComplete="current-password"
            required
            {...form.getInputProps("password")}
          />
          <Button type="submit" loading={signIn.isPending}>
            {t("auth.sign_in")}
          </Button>
          <Anchor component="button" type="button" size="sm" onClick={() => setForgotten(true)}>
            {t("auth.forgot")}
          </Anchor>
        </Stack>
      </form>
    </AuthFrame>
  );
}

function Forgot({ email, onBack }: { email: string; onBack: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { email } });
  const ask = useMutation({
    mutationFn: (body: { email: string }) => need(api.POST("/api/v1/auth/forgot", { body })),
  });
  return (
    <AuthFrame
      title={t("auth.forgot")}
      text={t(ask.isSuccess ? "auth.link_sent" : "auth.forgot_text")}
    >
      <form onSubmit={form.onSubmit((values) => ask.mutate(values))}>
        <Stack gap="sm">
          {ask.isError && (
            <p className={css.fault} role="alert">
              {problemText(ask.error)}
            </p>
          )}
          {!ask.isSuccess && (
            <>
              <TextInput
                label={t("auth.email")}
                type="email"
                required
                {...form.getInputProps("email")}
              />
              <Button type="submit" loading={ask.isPending}>
                {t("auth.send_link")}
              </Button>
            </>
          )}
          <Anchor component="button" type="button" size="sm" onClick={onBack}>
            {t("auth.back")}
          </Anchor>
        </Stack>
      </form>
    </AuthFrame>
  );
}
