/** The channel's own picture, from the hub (the app knows no channel by name), in the colour of the text. */
export function ChannelIcon({ channel, size = 16 }: { channel: string; size?: number }) {
  if (!channel) return null;
  const mask = `url("/api/v1/channels/${channel}/icon") center / contain no-repeat`;
  return (
    <span
      aria-hidden="true"
      style={{
        flex: "none",
        display: "inline-block",
        width: size,
        height: size,
        background: "currentColor",
        mask,
      }}
    />
  );
}
