import { useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { meQuery } from "@/api/queries";
import type { Me } from "@/api/types";
import type { Live } from "@/live/live";

/** Who is signed in and the live link of this tab; set once by the shell. */
export const SessionContext = createContext<{ me: Me; live: Live } | undefined>(undefined);

function useSession() {
  const session = useContext(SessionContext);
  if (!session) throw new Error("Used outside of the shell.");
  return session;
}

export const useMe = (): Me => useSession().me;
export const useLive = (): Live => useSession().live;
export const useCan = (permission: string): boolean => useMe().permissions.includes(permission);

/** The same, for pages that stand outside of the shell. */
export const useMeQuery = () => useQuery(meQuery);
