"""Which settings there are, where their values come from, and which values go together."""
