// What the chat itself says. The agent speaks the customer's language by itself.

const EN = {
  title: 'Chat', open: 'Open the chat', close: 'Close the chat', write: 'Write a message', send: 'Send', person: 'Talk to a person', again: 'New conversation',
  hello: 'Hello. What can we do for you?', ai: 'AI assistant', human: 'Person', you: 'You', typing: 'is writing', lost: 'Connection lost. Trying again …',
  unsent: 'Not sent.', retry: 'Try again', joined: 'You are talking to a person now', back: 'The AI assistant is back', asked: 'A person has been asked to join. You can go on writing.',
  note: 'An AI assistant answers first. You can ask for a person at any time.', log: 'Conversation', failed: 'The chat cannot be reached right now.', from: 'From',
  attach: 'Attach files', files: 'Files to send', remove: 'Remove', save: 'Save', loading: 'is being attached', ready: 'is attached', tooLarge: 'The file is too large: at most 10 MB.',
  tooMany: 'At most 5 files with one message.', fileFailed: 'The file could not be attached. Try again.', saveFailed: 'The file cannot be fetched right now.',
};
export type Words = typeof EN;

const DE: Words = {
  title: 'Chat', open: 'Chat öffnen', close: 'Chat schließen', write: 'Nachricht schreiben', send: 'Senden', person: 'Mit einem Menschen sprechen', again: 'Neues Gespräch',
  hello: 'Guten Tag. Was können wir für Sie tun?', ai: 'KI-Assistent', human: 'Mensch', you: 'Sie', typing: 'schreibt', lost: 'Verbindung unterbrochen. Neuer Versuch …',
  unsent: 'Nicht gesendet.', retry: 'Noch einmal', joined: 'Sie sprechen jetzt mit einem Menschen', back: 'Der KI-Assistent ist wieder da', asked: 'Ein Mensch wurde dazugebeten. Sie können weiterschreiben.',
  note: 'Zuerst antwortet ein KI-Assistent. Sie können jederzeit einen Menschen verlangen.', log: 'Gespräch', failed: 'Der Chat ist gerade nicht erreichbar.', from: 'Aus',
  attach: 'Dateien anhängen', files: 'Dateien zum Senden', remove: 'Entfernen', save: 'Speichern', loading: 'wird angehängt', ready: 'ist angehängt', tooLarge: 'Die Datei ist zu groß: höchstens 10 MB.',
  tooMany: 'Höchstens 5 Dateien mit einer Nachricht.', fileFailed: 'Die Datei konnte nicht angehängt werden. Versuchen Sie es noch einmal.', saveFailed: 'Die Datei ist gerade nicht erreichbar.',
};

export const wordsFor = (locale: string): Words => (locale.toLowerCase().startsWith('de') ? DE : EN);
