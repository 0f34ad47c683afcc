// Draws each picture as it suits a desk's screen or a phone's, and fits it to the page.
(() => {
  "use strict";
  const phone = window.matchMedia("(max-width: 860px)");
  const paper = 1000;
  // The mode bar holds a button that uploads the data to a cloud; formulas are nobody's label.
  const quiet = { displayModeBar: false, displaylogo: false, responsive: false, typesetMath: false };

  function draw(place, drawings, width, isPhone) {
    const drawing = isPhone ? drawings.tall : drawings.wide;
    const trace = structuredClone(drawing.data[0]);
    const height = drawing.layout.height;
    if (drawing.is_standing) {
      // Plotly lays a standing picture along its height, yet measures positions along it in
      // widths (of the trace's domain), and those across it in heights.
      const domain = trace.domain.x[1] * width;
      trace.node.x = trace.node.x.map((along) => (along * height) / domain);
      trace.node.y = trace.node.y.map((across) => (across * width) / height);
    }
    const layout = { ...structuredClone(drawing.layout), width };
    // A new plot each time: an update would swim into place, and paper does not wait.
    return Plotly.newPlot(place, [trace], layout, quiet);
  }

  function show(place, drawings) {
    const fit = () => draw(place, drawings, place.clientWidth, phone.matches);
    let last = 0;
    new ResizeObserver(() => {
      if (place.clientWidth !== last) {
        last = place.clientWidth;
        fit();
      }
    }).observe(place);
    window.addEventListener("beforeprint", () => draw(place, drawings, paper, false));
    window.addEventListener("afterprint", fit);
  }

  const all = JSON.parse(document.getElementById("drawings").textContent);
  for (const [id, drawings] of Object.entries(all)) show(document.getElementById(id), drawings);
})();
