/** The mark: a baton passed from one hand to another. */
export function Mark({ size = 28, on = '#123129' }: { size?: number; on?: string }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <path d="M7.5 24.5 24.5 7.5" stroke="#7fd6bb" strokeWidth="9" strokeLinecap="round" />
      <circle cx="7.5" cy="24.5" r="2.2" fill={on} />
      <circle cx="24.5" cy="7.5" r="4.5" fill="#f0b264" />
    </svg>
  );
}
