import type { Channel } from "@/api/types";

export type ChannelGroup = "web" | "phone" | "app" | "other";

const ORDER: ChannelGroup[] = ["web", "phone", "app", "other"];

/** By the kind of address that a channel writes to, since the app knows no channel by name. */
function groupOf({ capabilities, fields }: Channel): ChannelGroup {
  // What calls an address of the admin's own choice can stand for any network.
  if (fields.some(({ name }) => name === "callback_url")) return "other";
  switch (capabilities.address_kind) {
    case "visitor":
    case "email":
      return "web";
    case "phone":
      return "phone";
    case "handle":
      return "app";
    default:
      return "other";
  }
}

export function groupsOf(channels: readonly Channel[]): [ChannelGroup, Channel[]][] {
  const sorted = [...channels].sort((a, b) => a.title.localeCompare(b.title));
  return ORDER.map((group): [ChannelGroup, Channel[]] => [
    group,
    sorted.filter((channel) => groupOf(channel) === group),
  ]).filter(([, members]) => members.length > 0);
}
