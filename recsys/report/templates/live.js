// Still drawings come to life as they come into sight; one that cannot stays as it is.
addEventListener("DOMContentLoaded", () => {
  const draw = async figure => {
    const chart = JSON.parse(figure.querySelector("script").textContent);
    const still = figure.querySelector("svg"), live = document.createElement("div");
    await vegaEmbed(live, chart, {actions: false, renderer: "svg", tooltip: {theme: "page"}});
    // What it shows is told by the figure around it.
    for (const it of live.querySelectorAll("[role], [aria-roledescription], [aria-label]"))
      ["role", "aria-roledescription", "aria-label"].forEach(name => it.removeAttribute(name));
    still.replaceWith(live);
    figure.classList.add("live");
  };
  const sight = new IntersectionObserver(found => found.filter(it => it.isIntersecting).forEach(it => {
    sight.unobserve(it.target);
    draw(it.target).catch(() => {});
  }), {rootMargin: "400px"});
  document.querySelectorAll(".drawing:has(> script)").forEach(it => sight.observe(it));
});
