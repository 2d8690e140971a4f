"""Who may take how much of the service: connections, and turns of requests."""
