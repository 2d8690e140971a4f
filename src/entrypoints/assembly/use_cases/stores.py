"""Use cases of blob stores."""

import os
import socket
from dataclasses import dataclass
from functools import cached_property

from domain.model.storage.store_move import LONGEST_PROCESS
from domain.use_cases.blobs.sweep_blobs import SweepBlobs
from domain.use_cases.stores.bind_store import BindStore
from domain.use_cases.stores.copy_blob import CopyBlob
from domain.use_cases.stores.finish_move import FinishMove
from domain.use_cases.stores.move_steps import MoveSteps
from domain.use_cases.stores.move_store import MoveStore
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class StoreUseCases:
    parts: Parts

    @cached_property
    def sweep_blobs(self) -> SweepBlobs:
        parts = self.parts
        return SweepBlobs(
            units=parts.database.units,
            blobs=parts.storage.blobs,
            clock=parts.system.clock,
            switch=parts.storage.blobs,
            policy=parts.storage.sweep_policy,
        )

    @cached_property
    def bind_store(self) -> BindStore:
        parts = self.parts
        return BindStore(
            units=parts.database.units,
            stores=parts.storage.stores,
            switch=parts.storage.blobs,
            random_values=parts.system.random_values,
            process=f"{os.getpid()} on {socket.gethostname()}"[:LONGEST_PROCESS],
        )

    @cached_property
    def move_steps(self) -> MoveSteps:
        parts = self.parts
        return MoveSteps(
            units=parts.database.units,
            stores=parts.storage.stores,
            copying=CopyBlob(parts.storage.staging),
            links=parts.storage.store_links,
            own_links=parts.access.own_links,
            clock=parts.system.clock,
            random_values=parts.system.random_values,
            longest_put=parts.storage.longest_put,
        )

    @cached_property
    def move_store(self) -> MoveStore:
        return MoveStore(self.move_steps, self.parts.system.concurrency, self.parts.system.pauses)

    @cached_property
    def finish_move(self) -> FinishMove:
        return FinishMove(self.move_steps, self.parts.system.pauses)
