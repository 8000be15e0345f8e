// The one place for colour, type and space. Everything else uses the --bt-* variables made here.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const pine: MantineColorsTuple = [
  '#eaf5f1', '#d3e8e0', '#a9d3c5', '#7fd0b4', '#5fc2a5', '#3da486', '#27806a', '#1c6754', '#165243', '#0f3d32',
];
const brick: MantineColorsTuple = [
  '#fdeeec', '#f9dad6', '#f2b3ab', '#f0978b', '#ec8377', '#d9574a', '#c43c2f', '#ac2c20', '#8e2319', '#6f1b13',
];
// Mantine's greys with a little green in them, so that surfaces and text belong together.
const gray: MantineColorsTuple = [
  '#f7f7f4', '#efefeb', '#e4e4de', '#d3d4cd', '#b4b8b1', '#8b918b', '#666d68', '#4b524e', '#333936', '#1b1f1d',
];
const dark: MantineColorsTuple = [
  '#e8ebe8', '#c9cfcb', '#a3aca7', '#727c77', '#414845', '#323835', '#252a28', '#1b1f1d', '#141716', '#0e1110',
];

export const theme = createTheme({
  primaryColor: 'pine',
  // White text stands on both with more than 4.5:1.
  primaryShade: { light: 7, dark: 6 },
  colors: { pine, brick, gray, dark },
  fontFamily: "'Inter', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, monospace",
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  headings: { fontWeight: '620', sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '0.9375rem' }, h3: { fontSize: '0.8125rem' } } },
  spacing: { xs: '0.375rem', sm: '0.625rem', md: '0.875rem', lg: '1.25rem', xl: '2rem' },
  radius: { xs: '0.25rem', sm: '0.375rem', md: '0.5rem', lg: '0.75rem', xl: '1.25rem' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', allowDeselect: true, checkIconPosition: 'right' } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 350 } },
    Modal: { defaultProps: { centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.45 } }, styles: { title: { fontWeight: 620, fontSize: '1rem' }, content: { background: 'var(--bt-surface)' }, header: { background: 'var(--bt-surface)' } } },
    Table: { defaultProps: { verticalSpacing: 7, horizontalSpacing: 'sm' } },
  },
});

type Tokens = Record<string, string>;

const light: Tokens = {
  canvas: '#f6f6f2', surface: '#ffffff', sunken: '#f0f0eb', raised: '#ffffff', hover: '#f2f3ee', picked: '#e8f2ed',
  line: '#e3e3dc', 'line-strong': '#bfc2b9', ink: '#1b1f1d', muted: '#555c57', faint: '#666d68',
  accent: '#1c6754', 'accent-ink': '#165b49', 'accent-soft': '#e1f0ea',
  ai: '#4f41b8', 'ai-soft': '#edebfb', 'ai-line': '#c9c2f0', 'ai-fill': '#7a6bdb', 'person-fill': '#dc9440', person: '#8a4a0b', 'person-soft': '#fbefdf', 'person-line': '#ebcfa6',
  system: '#46535f', 'system-soft': '#eaeef1', customer: '#1b1f1d', 'customer-soft': '#efefeb',
  bad: '#a82a1f', 'bad-soft': '#fcebe8', warn: '#7c5200', 'warn-soft': '#fcf2d6', good: '#1b6639', 'good-soft': '#e3f3e8',
  rail: '#123129', 'rail-ink': '#cfe3db', 'rail-picked': '#21493e', 'rail-strong': '#ffffff',
  shadow: '0 1px 2px rgb(27 31 29 / 5%), 0 6px 20px -12px rgb(27 31 29 / 18%)',
};
const night: Tokens = {
  canvas: '#111413', surface: '#181c1a', sunken: '#141816', raised: '#1f2422', hover: '#202624', picked: '#1b302a',
  line: '#2a302d', 'line-strong': '#4c5551', ink: '#e8ebe8', muted: '#a9b2ad', faint: '#939c97',
  accent: '#5fc2a5', 'accent-ink': '#7fd0b4', 'accent-soft': '#19302a',
  ai: '#b3a8f7', 'ai-soft': '#262141', 'ai-line': '#463d78', 'ai-fill': '#8f81ee', 'person-fill': '#d9964a', person: '#ebb16a', 'person-soft': '#36281a', 'person-line': '#644a28',
  system: '#a9b8c5', 'system-soft': '#232a30', customer: '#e8ebe8', 'customer-soft': '#262b29',
  bad: '#f4968b', 'bad-soft': '#3b1f1c', warn: '#e8bb5c', 'warn-soft': '#342a12', good: '#74d294', 'good-soft': '#18301f',
  rail: '#0c1311', 'rail-ink': '#a9bdb5', 'rail-picked': '#1c2f29', 'rail-strong': '#ffffff',
  shadow: '0 1px 2px rgb(0 0 0 / 40%), 0 8px 24px -12px rgb(0 0 0 / 60%)',
};

const named = (tokens: Tokens) =>
  Object.fromEntries(Object.entries(tokens).map(([name, value]) => [`--bt-${name}`, value]));

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...named(light),
    '--mantine-color-body': light.canvas as string,
    '--mantine-color-text': light.ink as string,
    '--mantine-color-dimmed': light.muted as string,
    '--mantine-color-placeholder': light.faint as string,
    '--mantine-color-default-border': '#cfd1c9',
    '--mantine-color-error': light.bad as string,
    '--mantine-color-anchor': light['accent-ink'] as string,
  },
  dark: {
    ...named(night),
    '--mantine-color-body': night.canvas as string,
    '--mantine-color-text': night.ink as string,
    '--mantine-color-dimmed': night.muted as string,
    '--mantine-color-placeholder': night.faint as string,
    '--mantine-color-default': night.raised as string,
    '--mantine-color-default-hover': night.hover as string,
    '--mantine-color-default-border': '#3a423e',
    '--mantine-color-error': night.bad as string,
    '--mantine-color-anchor': night['accent-ink'] as string,
  },
});

/** On paper it is always light, whatever the screen is: light ink would not be read on white. */
export const onPaper = `@media print { :root:root { ${Object.entries({ ...named(light), '--bt-canvas': '#ffffff', '--mantine-color-body': '#ffffff', '--mantine-color-text': light.ink, '--mantine-color-anchor': light['accent-ink'], '--mantine-color-dimmed': light.muted })
  .map(([name, value]) => `${name}: ${value} !important;`)
  .join(' ')} } }`;
