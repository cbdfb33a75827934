/** For menus of the page's own: they stay within its landmark, not beside it. */
export const IN_MAIN = { withinPortal: true, portalProps: { target: "#main" } };
