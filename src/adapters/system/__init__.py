"""The operating system: time, chance, secrets, and files on their way."""
