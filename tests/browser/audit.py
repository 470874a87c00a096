"""What anybody must be able to read and to reach: names of controls, contrast of texts (WCAG 2.2, 1.4.3), width."""

from tests.browser.page import Page

_AUDIT = r"""(() => {
  const said = [];
  const what = (e) => e.id ? `#${e.id}` : `${e.tagName.toLowerCase()} “${e.textContent.trim().slice(0, 30)}”`;
  const seen = (e) => e.checkVisibility({visibilityProperty: true}) && !e.closest('.unseen');
  for (const e of document.querySelectorAll('input, select, textarea'))
    if (seen(e) && ![...e.labels].some((label) => label.textContent.trim())) said.push(`${what(e)} has no label`);
  for (const e of document.querySelectorAll('button'))
    if (!(e.getAttribute('aria-label') ?? e.textContent).trim()) said.push(`${what(e)} has no name`);
  for (const e of document.querySelectorAll('dialog, section, nav, footer, ol'))
    if (!document.getElementById(e.getAttribute('aria-labelledby') ?? e.parentElement.getAttribute('aria-labelledby')))
      said.push(`${what(e)} has no name`);
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) said.push(`#${id} is there twice`);

  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    const [r, g, b, alpha = 1] = e ? channels(getComputedStyle(e).backgroundColor) : [255, 255, 255];
    return alpha === 1 ? [r, g, b] : behind(e.parentElement);
  };
  const text = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || /^(INPUT|SELECT|TEXTAREA)$/.test(e.tagName);
  for (const e of document.querySelectorAll('body *')) {
    if (!seen(e) || !text(e) || e.disabled || e.type === 'checkbox') continue;
    const [one, other] = [channels(getComputedStyle(e).color).slice(0, 3), behind(e)].map(light).sort();
    const contrast = (other + 0.05) / (one + 0.05);
    if (contrast < 4.5) said.push(`${what(e)} has a contrast of ${contrast.toFixed(2)}`);
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) said.push(`the page is ${wide} wide, the window ${innerWidth}`);
  return said;
})()"""  # noqa: E501


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it is shown now."""
    found: list[str] = page.evaluate(_AUDIT)
    return found
