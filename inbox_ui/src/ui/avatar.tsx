import css from "./avatar.module.css";
import { hueOf, initials } from "./color";

interface Props {
  name: string;
  size?: number;
  isOnline?: boolean;
  /** Off where the name stands beside it anyway. */
  isNamed?: boolean;
}

export function Avatar({ name, size = 24, isOnline = false, isNamed = false }: Props) {
  const style = { "--hue": hueOf(name), "--size": `${size}px` } as React.CSSProperties;
  return (
    <span
      className={css.avatar}
      style={style}
      title={name}
      data-initials={initials(name)}
      data-online={isOnline || undefined}
    >
      {isNamed && <span className="hidden-visually">{name}</span>}
    </span>
  );
}
