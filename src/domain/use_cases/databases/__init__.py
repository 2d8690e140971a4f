"""Copy the database to another one."""
