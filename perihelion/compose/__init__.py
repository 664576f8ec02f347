"""An anniversary and a network's limits → a post: templates, fitting, counting."""
