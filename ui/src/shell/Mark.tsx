/** The mark: a baton passed from one hand to another. */
export function Mark({ size = 28, on = '#123129' }: { size?: number; on?: string }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <path d="M8.5 23.5 23.5 8.5" stroke="#7fd6bb" strokeWidth="6" strokeLinecap="round" />
      <circle cx="8.5" cy="23.5" r="3" fill={on} />
      <circle cx="23.5" cy="8.5" r="3" fill="#f0b264" />
    </svg>
  );
}
