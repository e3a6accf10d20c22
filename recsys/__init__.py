"""Which recommender should serve which customer segment, judged on later purchases."""

__version__ = "0.1.0"
