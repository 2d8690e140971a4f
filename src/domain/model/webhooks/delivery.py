"""The job that brings one message to one webhook."""

import json
from dataclasses import dataclass
from datetime import datetime

from domain.model.images.naming import ImageId
from domain.model.jobs.job import JobDraft, JobKind
from domain.model.webhooks.event import Message
from domain.model.webhooks.webhook import WebhookId

DELIVER_WEBHOOK = JobKind("deliver-webhook")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one webhook. Its text is the payload of its job."""

    webhook: WebhookId
    message: Message

    @classmethod
    def parse(cls, payload: str) -> "Delivery":
        """The delivery that a job has as its payload."""
        parts = json.loads(payload)
        return cls(WebhookId(parts["webhook"]), Message(parts["id"], parts["body"]))

    def job(self, at: datetime) -> JobDraft:
        """The job of this delivery, due ``at`` this time. Jobs of one webhook are done one after the other."""
        parts = {"webhook": self.webhook, "id": self.message.id, "body": self.message.body}
        payload = json.dumps(parts, separators=(",", ":"))
        return JobDraft(kind=DELIVER_WEBHOOK, payload=payload, subject=subject_of(self.webhook), created_at=at)


def payload_part_about(image: ImageId) -> str:
    """A text that is in the payload of each delivery about the image, and of no other one."""
    body = json.dumps({"data": {"id": image}}, separators=(",", ":")).strip("{}")
    return json.dumps(f"{body},").strip('"')


def subject_of(webhook: WebhookId) -> str:
    """The subject of the jobs of a webhook."""
    return f"webhook {webhook}"
