/** The accent colour and what can be read on it. Pure. */

const HEX = /^#[0-9a-f]{6}$/i;

/** Relative luminance, WCAG 2.2 §1.4.3. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Black or white, whichever has more contrast (at least 4.5 : 1 on any colour). */
export function inkOn(hex: string): string {
  return luminance(hex) > 0.1791 ? "#000000" : "#ffffff";
}

export function colorOr(hex: string, fallback: string): string {
  return HEX.test(hex) ? hex : fallback;
}
