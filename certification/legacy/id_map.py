"""What the rows of the old system refer to, and what that is called here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from certification.accounts import sign_in
from models_registry.models import AIModel, Region


@dataclass
class Known:
    """models:  an old id or API model id -> our id
    regions: the codes that the registry has
    jobs:    our ids of the jobs that came over
    """

    regions: frozenset[str] = frozenset()
    models: dict[str, UUID] = field(default_factory=dict)
    jobs: set[UUID] = field(default_factory=set)
    people: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def here(cls) -> Known:
        return cls(frozenset(Region.objects.values_list("id", flat=True)))

    def person(self, name: str) -> int | None:
        """An account by user name or e-mail, looked up once."""
        if name not in self.people:
            user = sign_in.find(name) if name else None
            self.people[name] = user.pk if user else None
        return self.people[name]


def models_by_api_id() -> Mapping[tuple[str, str], AIModel]:
    return {(model.provider_id, model.api_model_id): model for model in AIModel.objects.all()}
