"""Maps the ids to which old rows refer to ids of this database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from certification.accounts import sign_in
from models_registry.models import AIModel, Region

from .old_row import uuid_of


@dataclass
class IdMap:
    """The ids that are known so far.

    regions: codes in the registry
    models:  old id, or API model id -> new id
    jobs:    new ids of the imported jobs
    queue:   the queue's number of an old job (bullJobId) -> new id; None if several had it
    people:  user name or e-mail address -> user id, None if there is no such user
    """

    regions: frozenset[str] = frozenset()
    models: dict[str, UUID] = field(default_factory=dict)
    jobs: set[UUID] = field(default_factory=set)
    queue: dict[str, UUID | None] = field(default_factory=dict)
    people: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def load(cls) -> IdMap:
        """Returns a map with the regions of this database."""
        return cls(frozenset(Region.objects.values_list("id", flat=True)))

    def add_job(self, job: UUID, queue_number: str) -> None:
        self.jobs.add(job)
        if queue_number:
            known = self.queue.setdefault(queue_number, job)
            if known != job:
                self.queue[queue_number] = None

    def job(self, name: str) -> UUID | None:
        """Returns the id of the job with this old id, or this number in the queue."""
        found = uuid_of(name)
        return found if found in self.jobs else self.queue.get(name)

    def person(self, name: str) -> int | None:
        """Returns the id of the user with this name or e-mail address. Cached."""
        if name not in self.people:
            user = sign_in.find(name) if name else None
            self.people[name] = user.pk if user else None
        return self.people[name]


def models_by_api_id() -> Mapping[tuple[str, str], AIModel]:
    return {(model.provider_id, model.api_model_id): model for model in AIModel.objects.all()}
