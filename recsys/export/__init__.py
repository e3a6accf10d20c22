"""TopK -> files that a campaign tool takes, one per segment, with a manifest."""

from recsys.export.files import FORMATS, Format, TableFile
from recsys.export.rows import SCHEMA, control, not_served, rows

__all__ = ["FORMATS", "SCHEMA", "Format", "TableFile", "control", "not_served", "rows"]
