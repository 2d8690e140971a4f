"""Commands for setting up: the settings file, completion in shells, and programs that use the service."""
