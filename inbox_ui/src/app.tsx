import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useState } from "react";
import { createAppClient } from "./api/query_client";
import { createAppRouter } from "./router";
import { theme, variables } from "./theme";
import { NowProvider } from "./ui/now";

export function App() {
  const [{ client, router }] = useState(() => {
    const client = createAppClient();
    return { client, router: createAppRouter(client) };
  });
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <NowProvider>
          <Notifications position="bottom-left" limit={4} />
          <RouterProvider router={router} />
        </NowProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
