"""The page of a plan with 10,000 changes: made by Python, opened and filtered by Chromium."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncer.model.address import config_address
from syncer.model.plan import Change, Coverage, FieldDiff, Plan, Reach
from syncer.render.html import render_plan
from tests.browser.chromium import Chromium, program
from tests.render.plans import create, delete, make_plan, update

_SCRIPT = "".join(f"config change PHONE{number} /value {number}\n" for number in range(30))
_WANTED = ("phones 042", "172.16.0.9", "tenant=b", "")
# Until what was drawn is there to be seen: the second frame begins when the first one is done.
_DRAWN = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_OPENED = "performance.timing.loadEventEnd - performance.timing.navigationStart"
_FILTERED = f"""(async () => {{
  const start = performance.now(), field = document.getElementById('q');
  field.value = '%s';
  field.dispatchEvent(new Event('input', {{bubbles: true}}));
  {_DRAWN};
  return performance.now() - start;
}})()"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Size of the file, and seconds by what was done."""

    megabytes: float
    seconds: dict[str, float]


def large_plan(count: int) -> Plan:
    """So many changes in a hundred domains: nine updates, then a create or a delete, by turns."""
    return make_plan(*(_change(number) for number in sorted(range(count), key=lambda number: number % 100)))


def _change(number: int) -> Change:
    address = config_address(f"c{number % 100:03}.example.com", "PHONE", f"phones {number:05}")
    online = number % 300
    reach = Reach(Coverage(number % 300, online), Coverage(number % 310, online))
    more: dict[str, Any] = {"reach": reach, "source": f"domains/c{number % 100:03}.yaml:{number}:5"}
    fields: dict[str, Any] = {
        "categories": ["Phones"],
        "gk1": "172.16.0.1",
        "gk2": "172.16.0.2",
        "coder": "OPUS-WB",
        "exclusive": True,
    }
    match number // 100 % 10:
        case 8:
            return create(address, **fields, **more)
        case 9:
            return delete(address, **fields, **more)
        case 7:
            expert = config_address(address.domain, "EXPERT", address.name)
            return update(expert, FieldDiff("script", _SCRIPT, _SCRIPT.replace("/value 15", "/value 16")), **more)
        case _:
            url = f"https://recorder.example.com/upload?phone={number}&tenant="
            changed = FieldDiff("gk1", "172.16.0.1", "172.16.0.9"), FieldDiff("recordingUrl", f"{url}a", f"{url}b")
            return update(address, *changed, **more)


def measure_page(count: int) -> Measured:
    """Where there is no Chromium, only how long it takes to make."""
    plan = large_plan(count)
    start = time.perf_counter()
    text = render_plan(plan)
    seconds = {"made": time.perf_counter() - start}
    return Measured(len(text) / 1e6, seconds | (_in_chromium(text) if program() else {}))


def _in_chromium(text: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, Chromium() as browser:
        path = Path(folder) / "plan.html"
        path.write_text(text, "ascii")
        with browser.page(path.as_uri()) as page:
            opened = {"opened in Chromium": page.evaluate(_OPENED) / 1000}
            return opened | {f'filtered by "{wanted}"': page.evaluate(_FILTERED % wanted) / 1000 for wanted in _WANTED}
