"""The fields of the `segments:` section that every way to group customers by their features has."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from recsys.segment import vocabulary


class Settings(BaseModel, frozen=True, extra="forbid"):
    """Which features, which customers stand apart, and in which space distances are taken."""

    features: Literal["rfm", "behaviour", "reference", "full", "taste"] | tuple[str, ...] = Field(
        "rfm",
        description="rfm (recency, frequency, monetary), behaviour (eleven), reference (the fifteen of a "
        "widely read notebook), full (all that lines and attributes tell), taste (what the products bought "
        "have in common), or a list of feature names.",
    )
    families: int = Field(12, ge=1, le=100, description="Most product families that the features tell apart.")
    outliers: Literal["keep", "clip", "isolation-forest"] = Field(
        "keep",
        description="keep: nothing is done; clip: figures beyond the clip_share quantiles count as those; "
        "isolation-forest: outlier_share of the customers make a segment of their own, Outliers.",
    )
    clip_share: float = Field(
        0.01, gt=0, lt=0.5, description="Share of customers beyond each of the two bounds of outliers: clip."
    )
    outlier_share: float = Field(
        0.05, gt=0, lt=0.5, description="Share of customers that outliers: isolation-forest sets apart."
    )
    log: bool = Field(True, description="Whether skewed features are compared on a log1p scale.")
    grain: dict[str, Annotated[float, Field(gt=0)]] = Field(
        {"recency": 7},
        description="What a skewed feature is divided by before log1p, 1 unless said: differences below it "
        "count little. {recency: 7}: recency counts in weeks, so that yesterday is much like today.",
    )
    unscaled: tuple[str, ...] = Field(
        (), description="Features not brought to a variance of 1; those that are 0 or 1 never are."
    )
    reduction: Literal["none", "pca", "t-sne"] = Field(
        "pca",
        description="Space that is clustered: the features, their principal axes, or a t-SNE map, where "
        "later customers join the segment of their nearest neighbour in the features.",
    )
    explained_variance: float = Field(
        0.95, gt=0, le=1, description="Share of the features' variance that the PCA axes keep."
    )
    components: int | None = Field(
        None, ge=1, description="Number of PCA axes, in place of explained_variance."
    )
    perplexity: float = Field(
        30.0, ge=2, description="Neighbours that a customer of a t-SNE map keeps in sight, roughly."
    )

    @field_validator("features", mode="before")
    @classmethod
    def _features_exist(cls, value: Any) -> Any:
        if isinstance(value, str):
            vocabulary.check_preset(value)
        elif isinstance(value, list | tuple):
            vocabulary.check_names([str(name) for name in value])
        return value

    @field_validator("unscaled", "grain")
    @classmethod
    def _columns_exist(cls, value: Any) -> Any:
        for name in value:
            vocabulary.described(name)
        return value

    @property
    def pca(self) -> float | int | None:
        """Axes, or share of the variance; None without PCA."""
        if self.reduction != "pca":
            return None
        return self.explained_variance if self.components is None else self.components


class Numbered(Settings, frozen=True, extra="forbid"):
    """How many segments, and how that is found out."""

    k: Annotated[int, Field(strict=True, ge=1, le=100)] | Literal["auto"] = Field(
        "auto",
        description="Number of segments, or auto: the best mean rank by silhouette, Calinski-Harabasz and "
        "Davies-Bouldin, and what evidence adds, within k_min to k_max.",
    )
    k_min: int = Field(5, ge=2, le=100, description="Fewest segments that k: auto tries.")
    k_max: int = Field(8, ge=2, le=100, description="Most segments that k: auto tries.")
    min_share: float = Field(
        0.03, ge=0, lt=1, description="k: auto wants at least this share of the customers in each segment."
    )
    max_share: float = Field(
        0.6, gt=0, le=1, description="k: auto wants at most this share of the customers in one segment."
    )
    evidence: Literal["basic", "full"] = Field(
        "basic",
        description="full: elbow, gap statistic and bootstrap stability are measured, and count too; the "
        "fit then takes some thirty times as long.",
    )

    @model_validator(mode="after")
    def _range_in_order(self) -> Numbered:
        if self.k_min > self.k_max:
            raise ValueError(f"k_min is {self.k_min}: expected at most k_max, which is {self.k_max}")
        return self

    @property
    def asked(self) -> int | None:
        """The number asked for; None: it is chosen."""
        return None if self.k == "auto" else self.k
