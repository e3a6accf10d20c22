"""What to keep in mind, and how the segments were made."""

from __future__ import annotations

from recsys.report.document import Block, Cell, Column, Folded, Paragraph, Section, Table
from recsys.report.groups.noun import Insight
from recsys.report.show import share


def caveats(seen: Insight) -> Section:
    """What segments explain, what they are not, and what they were made from."""
    explains = seen.about.get("explains") or {}
    blocks: list[Block] = []
    if explains:
        blocks.append(
            Paragraph(
                f"Who is in which segment explains {share(explains['segments'])} of how customers differ in "
                f"what they spent after the last cutoff (log spend); the 125 cells of RFM quintiles explain "
                f"{share(explains['rfm_quintiles'])}."
            )
        )
    blocks.append(
        Paragraph(
            "Segments are a summary, and their borders are drawn by rule: customers on either side of one "
            "are alike. What to do is a place to begin; what works, an experiment shows. Figures of segments "
            f"with fewer than {seen.about['least']} customers are withheld."
        )
    )
    notes = tuple(Paragraph("Note: ", str(note)) for note in seen.about.get("notes") or [])
    made = {
        "config": seen.about["config"],
        "input": seen.about["input_sha256"],
        "recsys": seen.about["recsys"],
    }
    rows = tuple((Cell(str(key)), Cell(str(value))) for key, value in made.items())
    how = Table("Made from", (Column("What", number=False), Column("Value", number=False, wide=True)), rows)
    return Section("What to keep in mind", (*blocks, *notes, Folded("How this was made", (how,))))
