import { MantineProvider } from "@mantine/core";
import { DatesProvider } from "@mantine/dates";
import { useMediaQuery } from "@mantine/hooks";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import "dayjs/locale/pl";
import "dayjs/locale/tr";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { createAppClient } from "./api/query_client";
import { createAppRouter } from "./router";
import { PHONE } from "./shell/navigation";
import { theme, variables } from "./theme";
import { NowProvider } from "./ui/now";

export function App() {
  const [{ client, router }] = useState(() => {
    const client = createAppClient();
    return { client, router: createAppRouter(client) };
  });
  const { i18n } = useTranslation();
  // At the bottom of a phone is what one presses next: "Save", "Send".
  const isPhone = useMediaQuery(PHONE) ?? false;
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <DatesProvider settings={{ locale: i18n.language, firstDayOfWeek: 1 }}>
          <NowProvider>
            <Notifications position={isPhone ? "top-center" : "bottom-left"} limit={4} />
            <RouterProvider router={router} />
          </NowProvider>
        </DatesProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
