"""The OpenAPI document of the routes: what each takes, and everything that it answers."""
