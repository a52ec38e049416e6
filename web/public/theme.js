// Sets the theme before the first paint; a file of its own because the page allows no inline script.
(function () {
  let theme = null;
  try {
    theme = localStorage.getItem('geocrm.theme');
  } catch {
    // Storage may be refused; the system's preference then decides.
  }
  if (theme !== 'light' && theme !== 'dark') {
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.mantineColorScheme = theme;
})();
