"""Charts as Vega-Lite specifications: data in, JSON text out; `recsys.report.drawing` makes them visible."""
