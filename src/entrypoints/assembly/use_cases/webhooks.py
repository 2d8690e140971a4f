"""Use cases of webhooks."""

from dataclasses import dataclass
from functools import cached_property

from domain.use_cases.jobs.retry_jobs import RetryJobs
from domain.use_cases.webhooks.deliver_webhook import DeliverWebhook
from domain.use_cases.webhooks.failed_deliveries import ListFailedDeliveries, RetryDeliveries
from domain.use_cases.webhooks.send_message import SendMessage
from domain.use_cases.webhooks.webhooks import AddWebhook, ListWebhooks, RemoveWebhook, ShowWebhookSecret, TryWebhook
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class WebhookUseCases:
    parts: Parts

    @cached_property
    def add_webhook(self) -> AddWebhook:
        parts = self.parts
        return AddWebhook(
            units=parts.database.units, clock=parts.system.clock, random_values=parts.system.random_values
        )

    @cached_property
    def list_webhooks(self) -> ListWebhooks:
        return ListWebhooks(units=self.parts.database.units)

    @cached_property
    def remove_webhook(self) -> RemoveWebhook:
        return RemoveWebhook(units=self.parts.database.units)

    @cached_property
    def show_webhook_secret(self) -> ShowWebhookSecret:
        return ShowWebhookSecret(units=self.parts.database.units, secrets=self.parts.access.webhook_secrets)

    @cached_property
    def send_message(self) -> SendMessage:
        parts = self.parts
        return SendMessage(
            servers=parts.remote.receivers, secrets=parts.access.webhook_secrets, clock=parts.system.clock
        )

    @cached_property
    def try_webhook(self) -> TryWebhook:
        return TryWebhook(units=self.parts.database.units, send=self.send_message, clock=self.parts.system.clock)

    @cached_property
    def deliver_webhook(self) -> DeliverWebhook:
        return DeliverWebhook(units=self.parts.database.units, send=self.send_message)

    @cached_property
    def list_failed_deliveries(self) -> ListFailedDeliveries:
        return ListFailedDeliveries(units=self.parts.database.units)

    @cached_property
    def retry_deliveries(self) -> RetryDeliveries:
        parts = self.parts
        retry = RetryJobs(units=parts.database.units, jobs=parts.jobs.queue, clock=parts.system.clock)
        return RetryDeliveries(units=parts.database.units, retry=retry)
