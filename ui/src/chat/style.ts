// The chat lives in a shadow root: the site's styles do not reach in, and these do not reach out.
export const STYLE = `
:host { all: initial; --accent: #1c6754; --on: #fff; --bg: #fff; --back: #f6f6f2; --ink: #1b1f1d; --muted: #555c57; --line: #dddfd7; --ai: #edebfb; --ai-ink: #4f41b8; --person: #fbefdf; --person-ink: #8a4a0b; --bad: #a82a1f;
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; color: var(--ink); color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :host { --accent: #5fc2a5; --on: #0e1110; --bg: #181c1a; --back: #111413; --ink: #e8ebe8; --muted: #a9b2ad; --line: #333a36; --ai: #262141; --ai-ink: #b3a8f7; --person: #36281a; --person-ink: #ebb16a; --bad: #f4968b; } }
* { box-sizing: border-box; }
button { font: inherit; color: inherit; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.panel { display: flex; flex-direction: column; background: var(--back); overflow: hidden; }
.page .panel { height: 100dvh; max-width: 760px; margin: 0 auto; border-inline: 1px solid var(--line); }
.bubble .panel { position: fixed; inset-inline-end: 20px; bottom: 92px; z-index: 2147483000; width: min(390px, calc(100vw - 24px)); height: min(620px, calc(100dvh - 116px)); border: 1px solid var(--line); border-radius: 16px; box-shadow: 0 18px 50px -12px rgb(0 0 0 / 35%); }
.panel[hidden] { display: none; }
.launch { position: fixed; inset-inline-end: 20px; bottom: 20px; z-index: 2147483000; display: grid; place-items: center; width: 58px; height: 58px; border: 0; border-radius: 50%; background: var(--accent); color: var(--on); box-shadow: 0 8px 24px -6px rgb(0 0 0 / 45%); }
header { display: flex; align-items: center; gap: 10px; padding: 12px 16px; background: var(--bg); border-bottom: 1px solid var(--line); }
h1 { flex: 1; margin: 0; font-size: 16px; font-weight: 620; letter-spacing: -.01em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.quiet { padding: 6px 10px; border: 1px solid var(--line); border-radius: 8px; background: none; font-size: 13px; white-space: nowrap; }
.quiet:hover { border-color: var(--muted); }
.icon { display: grid; place-items: center; width: 34px; height: 34px; padding: 0; border: 0; background: none; border-radius: 8px; }
.log { flex: 1; overflow: auto; padding: 16px; display: flex; flex-direction: column; gap: 12px; scroll-behavior: smooth; }
.msg { display: grid; gap: 3px; max-width: 86%; align-self: flex-start; }
.msg.customer { align-self: flex-end; justify-items: end; }
.by { font-size: 12px; color: var(--muted); }
.from { font-size: 12px; color: var(--muted); overflow-wrap: anywhere; }
.agent .by { color: var(--ai-ink); } .member .by { color: var(--person-ink); }
.text { padding: 9px 13px; border-radius: 14px; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--bg); border: 1px solid var(--line); }
.agent .text { background: var(--ai); border-color: transparent; border-end-start-radius: 4px; }
.member .text { background: var(--person); border-color: transparent; border-end-start-radius: 4px; }
.customer .text { background: var(--accent); color: var(--on); border-color: transparent; border-end-end-radius: 4px; }
.customer.waiting .text { opacity: .65; }
.note { align-self: center; text-align: center; font-size: 12.5px; color: var(--muted); max-width: 90%; }
.turn { align-self: stretch; display: flex; align-items: center; gap: 10px; font-size: 12.5px; color: var(--person-ink); }
.turn.ai { color: var(--ai-ink); }
.turn::before, .turn::after { content: ''; flex: 1; height: 1px; background: var(--line); }
.unsent { font-size: 12.5px; color: var(--bad); }
.unsent button { border: 0; background: none; padding: 0 4px; text-decoration: underline; color: inherit; }
.typing { display: flex; gap: 4px; padding: 11px 14px; border-radius: 14px; background: var(--ai); align-self: flex-start; }
.typing i { width: 6px; height: 6px; border-radius: 50%; background: var(--ai-ink); animation: dot 1.2s infinite; }
.typing i:nth-child(2) { animation-delay: .15s; } .typing i:nth-child(3) { animation-delay: .3s; }
@keyframes dot { 0%, 60%, 100% { opacity: .25; } 30% { opacity: 1; } }
.status { min-height: 0; padding: 0 16px; font-size: 12.5px; color: var(--bad); background: var(--bg); }
.status.calm { color: var(--muted); }
.status:not(:empty) { padding: 6px 16px; border-top: 1px solid var(--line); }
form { display: flex; align-items: flex-end; gap: 8px; padding: 12px 14px calc(12px + env(safe-area-inset-bottom)); background: var(--bg); border-top: 1px solid var(--line); }
textarea { flex: 1; min-height: 42px; max-height: 140px; padding: 9px 12px; border: 1px solid var(--muted); border-radius: 12px; font: inherit; color: inherit; background: var(--back); resize: none; field-sizing: content; }
.send { display: grid; place-items: center; width: 42px; height: 42px; flex: none; border: 0; border-radius: 12px; background: var(--accent); color: var(--on); }
[hidden] { display: none !important; }
.attach { display: grid; place-items: center; width: 42px; height: 42px; flex: none; padding: 0; border: 1px solid var(--line); border-radius: 12px; background: none; }
.attach:hover, .file:hover { border-color: var(--muted); }
.files { list-style: none; margin: 0; padding: 8px 14px 0; display: flex; flex-wrap: wrap; gap: 6px; background: var(--bg); }
.files li { display: flex; align-items: center; gap: 6px; max-width: 100%; padding-block: 2px; padding-inline: 10px 2px; border: 1px solid var(--line); border-radius: 8px; font-size: 13px; }
.files li.busy { opacity: .6; }
.files span, .file span:not(.vh) { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.files .icon { width: 28px; height: 28px; }
small { color: var(--muted); font-size: 12px; white-space: nowrap; }
.file { display: flex; align-items: center; gap: 7px; max-width: 100%; min-height: 36px; padding: 6px 11px; border: 1px solid var(--line); border-radius: 10px; background: var(--bg); font-size: 13px; text-align: start; }
.file svg { flex: none; }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { .typing i { animation: none; } .log { scroll-behavior: auto; } }
@media (max-width: 480px) { .bubble .panel { inset-inline-end: 0; bottom: 0; width: 100vw; height: 100dvh; border: 0; border-radius: 0; } .bubble.open .launch { display: none; } }
`;
