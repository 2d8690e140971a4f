"""Use cases of databases."""

from dataclasses import dataclass

from domain.use_cases.databases.copy_database import CopyDatabase
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class DatabaseUseCases:
    parts: Parts

    def copy_database(self, url: str) -> CopyDatabase:
        """A copy of this process's database to the one at ``url``."""
        return CopyDatabase(self.parts.database.copy_to(url))
