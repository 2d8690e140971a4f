"""HTTP itself: headers, conditions, caching, answers, problems."""
