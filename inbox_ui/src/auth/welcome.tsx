import { Button, Loader, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import i18next from "i18next";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api, need, rememberCsrfToken } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/keys";
import type { TokenInfo } from "@/api/types";
import { LANGUAGES, showLanguage } from "@/i18n";
import { problemText } from "@/ui/toast";
import css from "./auth.module.css";
import { AuthFrame } from "./frame";

export const PASSWORD_MIN = 10;

/** Behind a one-time link: first set-up, invitation, or a new password. */
export function WelcomePage() {
  const { t } = useTranslation();
  const { token } = useSearch({ from: "/welcome" });
  const info = useQuery({
    queryKey: ["token", token],
    queryFn: () => need(api.GET("/api/v1/auth/token", { params: { query: { token } } })),
    retry: false,
  });
  // Who is new reads in the browser's language and may choose another one below.
  const language = info.data?.purpose === "reset" ? info.data.language : "";
  useEffect(() => {
    if (language) void showLanguage(language);
  }, [language]);
  if (info.isPending)
    return (
      <AuthFrame title={t("common.loading")}>
        <Loader size="sm" />
      </AuthFrame>
    );
  if (info.isError) {
    const isGone = info.error instanceof ApiError && info.error.status === 404;
    const text = isGone ? t("auth.bad_link_text") : problemText(info.error);
    return (
      <AuthFrame title={t("auth.bad_link")} text={text}>
        <Link to="/sign-in" search={{ from: "" }}>
          {t("auth.sign_in")}
        </Link>
      </AuthFrame>
    );
  }
  return <Accept info={info.data} token={token} />;
}

/** Only the browser knows in which zone the new place works. A set-up without it is one all the same. */
async function keepZone(): Promise<void> {
  const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  await api.PATCH("/api/v1/workspace", { body: { time_zone } }).catch(() => {});
}

function Accept({ info, token }: { info: TokenInfo; token: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const isReset = info.purpose === "reset";
  const isSetup = info.purpose === "setup";
  const form = useForm({
    initialValues: { name: info.name, email: info.email, password: "", language: i18next.language },
    validate: {
      password: (value) =>
        value.length < PASSWORD_MIN ? t("auth.password_short", { count: PASSWORD_MIN }) : null,
    },
  });
  const accept = useMutation({
    mutationFn: async (values: typeof form.values) => {
      const me = await need(api.POST("/api/v1/auth/accept", { body: { ...values, token } }));
      rememberCsrfToken(me.csrf_token);
      if (isSetup) await keepZone();
      return me;
    },
    onSuccess: (me) => {
      client.setQueryData(keys.me, me);
      void navigate({ to: "/", replace: true });
    },
    onError: (error) => {
      if (error instanceof ApiError && error.problem.field in form.values) {
        form.setFieldError(error.problem.field, error.problem.message);
      }
    },
  });
  return (
    <AuthFrame
      title={t(`auth.welcome_${isReset ? "reset" : isSetup ? "setup" : "invitation"}`, {
        workspace: info.workspace_name,
      })}
      text={isReset ? info.email : t("auth.welcome_text")}
    >
      <form onSubmit={form.onSubmit((values) => accept.mutate(values))}>
        <Stack gap="sm">
          {accept.isError && (
            <p className={css.fault} role="alert">
              {problemText(accept.error)}
            </p>
          )}
          {!isReset && (
            <TextInput
              label={t("auth.name")}
              required
              autoComplete="name"
              {...form.getInputProps("name")}
            />
          )}
          {!isReset && (
            <TextInput
              label={t("auth.email")}
              type="email"
              required
              readOnly={!isSetup && info.email !== ""}
              autoComplete="username"
              {...form.getInputProps("email")}
            />
          )}
          <PasswordInput
            label={t("auth.new_password")}
            description={t("auth.password_rule", { count: PASSWORD_MIN })}
            required
            autoComplete="new-password"
            {...form.getInputProps("password")}
          />
          {!isReset && (
            <Select
              label={t("auth.language")}
              allowDeselect={false}
              data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
              {...form.getInputProps("language")}
              onChange={(language) => {
                form.setFieldValue("language", language ?? "en");
                void showLanguage(language ?? "en");
              }}
            />
          )}
          <Button type="submit" loading={accept.isPending}>
            {t(isReset ? "auth.set_password" : "auth.begin")}
          </Button>
        </Stack>
      </form>
    </AuthFrame>
  );
}
