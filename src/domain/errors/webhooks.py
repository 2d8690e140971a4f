"""Errors about webhooks, and about the servers that they lead to.

Those of a delivery are ``Rejected``, not ``Unavailable``: no part of Calotype is missing, so they use up a try.
"""

from domain.errors.families import NotFound, Rejected


class WebhookNotFound(NotFound):
    code = "webhook-not-found"
    message = "There is no such webhook."


class WebhookRefused(Rejected):
    """``answered`` is the status of the answer."""

    code = "webhook-refused"
    message = "The server of the webhook answered with status {answered}."
    answered: int


class WebhookGone(WebhookRefused):
    """It answered 410 (Gone): it wants no more events."""

    code = "webhook-gone"
