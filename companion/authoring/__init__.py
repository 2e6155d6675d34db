"""Who writes the gists: the model in this process, or in one of its own that may die alone."""
