# %% [markdown]
# # Which recommender for which customers?
#
# The whole way in Python: load, clean, segment, evaluate, look into the scores, compare, export. The cells
# run in an editor that knows `# %%`, in Jupyter by way of jupytext, and as `python examples/decide.py`.

# %%
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.api import (
    Experiment,
    Seen,
    customer_scores,
    demo,
    evaluate,
    export,
    know,
    load,
    read_config,
    read_run,
    recommenders,
    segment,
)

# %% [markdown]
# ## A log and a question
# `demo` writes the log of a simulated shop and a config. For a log of your own, `recsys init LOG` writes one.
# A config is a value: change what you like, and what comes back is checked like any other.

# %%
config = demo(Path("demo"))
asked = read_config(config).model_dump(mode="json")
asked["name"] = "decide"
asked["recommenders"] = {
    "popular": {"kind": "popularity"},
    "segment-bestsellers": {"kind": "segment-bestsellers"},
    "repurchase": {"kind": "repurchase"},
    "item-cf": {"kind": "item-knn", "similarity": "tfidf"},
}
asked["evaluate"]["k"] = [10]
experiment = Experiment.model_validate(asked)

# %% [markdown]
# ## Load and clean
# The ledger accounts for every line that cleaning took away.

# %%
loaded = load(experiment.source, experiment.clean, roots=(config.parent,))
print(loaded.log)
print(loaded.ledger.to_string(index=False))

# %% [markdown]
# ## Segment
# Files to read, and `report.html` to look at.

# %%
groups = segment(experiment, roots=(config.parent,), out=Path("decide-segments"))
cards = pd.read_csv(groups / "cards.csv")
print(cards[["segment", "customers", "customer_share", "revenue_share"]].to_string(index=False))

# %% [markdown]
# ## One recommender by hand
# What was known at a date is all that a recommender gets.

# %%
known = know(loaded.log, np.datetime64("2024-11-01"))
model = recommenders()["item-knn"](neighbours=50)
lists = model.fit(known, np.random.default_rng(0)).recommend(np.array([0], np.int32), 3, seen=Seen.DROP)
print(known.catalogue["description"].iloc[lists.products[0]].tolist())

# %% [markdown]
# ## Evaluate
# The same as `recsys evaluate`; a run that is there already is replaced, one that was stopped goes on.

# %%
folder = evaluate(experiment, roots=(config.parent,), out=Path("decide-run"))
run = read_run(folder)
best = run.leaderboard.query("target == 'any' and segment == 'all' and metric == 'map' and k == 10")
print(best.pivot_table(index="recommender", columns="window", values="value").rename(columns=int).round(4))

# %% [markdown]
# ## Read the scores
# One score per customer and recommender: any question that a mean hides can be asked here.

# %%
scores = customer_scores(folder, "map@10", target="any")
print(scores.drop(columns="segment").groupby(scores["segment"]).mean().round(4))
reached = scores[list(experiment.recommenders)] > 0
print(f"a hit in the list of {reached.any(axis=1).mean():.0%}, by recommender:")
print(reached.mean().round(2).to_string())

# %% [markdown]
# ## Compare
# `verdicts.csv` says where a lead can be told from chance (here of all windows pooled), and
# `policy_result.csv` how the policy made of the earlier windows did in the latest.

# %%
paired = scores["repurchase"] - scores["segment-bestsellers"]
print(f"repurchase leads by {paired.mean():.4f} ± {1.96 * paired.std() / len(paired) ** 0.5:.4f}")
told = run.verdicts.query("target == 'any' and scope == 'pooled'")[["segment", "verdict", "serve"]]
print(told.to_string(index=False))
did = run.policy_result.query("target == 'any'")[["segment", "policy", "best_single", "hindsight"]]
print(did.round(4).to_string(index=False))

# %% [markdown]
# ## Export
# Each segment gets what the policy names; every recommender is fitted again on the whole log.

# %%
campaign = export(folder, policy=True, k=5, out=Path("decide-lists"))
for path in sorted(campaign.glob("*.csv")):
    print(path.name, sum(1 for _ in path.open()) - 1, "rows")
