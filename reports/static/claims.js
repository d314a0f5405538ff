// SPDX-License-Identifier: Apache-2.0
// The ledger: a filter by verdict, and a permalink that opens its claim whatever the filter hides.
(() => {
const claims = [...document.querySelectorAll(".claim")], radios = [...document.querySelectorAll(".filter input")];
const status = document.getElementById("shown");
function filter(wanted) {
  let count = 0;
  for (const one of claims) { one.hidden = wanted !== "all" && !one.classList.contains(wanted); count += !one.hidden; }
  for (const topic of document.querySelectorAll(".topic")) topic.hidden = !topic.querySelector(".claim:not([hidden])");
  status.textContent = `${count} of ${claims.length} claims are shown`;
}
function reveal() {
  const one = claims.find((claim) => `#${claim.id}` === location.hash);
  if (!one) return;
  if (one.hidden) { radios[0].checked = true; filter("all"); }
  one.querySelector("details").open = true;
  one.scrollIntoView();
}
for (const radio of radios) radio.addEventListener("change", () => filter(radio.value));
const chosen = radios.find((radio) => radio.checked);  // a browser may keep the choice over a reload
if (chosen && chosen.value !== "all") filter(chosen.value);
addEventListener("hashchange", reveal);
reveal();
})();
