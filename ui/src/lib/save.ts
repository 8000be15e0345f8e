/** Hands a text to the browser as a file to keep. */
export function save(name: string, text: string, type = 'text/plain') {
  saveBlob(name, new Blob([text], { type }));
}

export function saveBlob(name: string, content: Blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
