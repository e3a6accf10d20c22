"""TopK -> files that a campaign tool takes, one per segment, with a manifest."""

from recsys.export.files import SegmentFile, rows, write_control

__all__ = ["SegmentFile", "rows", "write_control"]
