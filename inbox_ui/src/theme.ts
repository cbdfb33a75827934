import {
  type CSSVariablesResolver,
  createTheme,
  Menu,
  Modal,
  Popover,
  Tooltip,
} from "@mantine/core";

/** One accent; shade 8 in both schemes, because only from there on white text on it is readable. */
export const theme = createTheme({
  primaryColor: "indigo",
  // The greys of the dark theme, from text to the deepest ground, in the tone of `tokens.css`.
  colors: {
    dark: [
      "#e7eaf0",
      "#c5cbd6",
      "#a3acba",
      "#7b8494",
      "#3a404b",
      "#30353f",
      "#23272f",
      "#1b1e24",
      "#14161a",
      "#0f1114",
    ],
  },
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: "sm",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  cursorType: "pointer",
  components: {
    // Its first item takes the focus: a placeholder would stand among the items as one of them.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.35 } },
    }),
    Popover: Popover.extend({ defaultProps: { shadow: "md", withinPortal: true } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, withArrow: false } }),
  },
});

const OURS = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-dimmed": "var(--soft)",
  "--mantine-color-error": "var(--bad)",
  "--mantine-color-placeholder": "var(--soft)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--hover)",
  "--mantine-color-default-border": "var(--line)",
};

/** Mantine's own names for what `tokens.css` decides. */
export const variables: CSSVariablesResolver = () => ({ variables: {}, light: OURS, dark: OURS });
