// Sets the colour scheme before the first paint. A file of its own, so that the page needs no inline script.
(() => {
  const kept = localStorage.getItem('baton-scheme');
  const dark = kept === 'dark' || (kept !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
