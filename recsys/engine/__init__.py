"""The only place where stages meet: the config, the loop, the run folder."""
