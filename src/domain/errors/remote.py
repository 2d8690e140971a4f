"""Errors about other servers, which this service contacts by a URL that a user or an operator gave.

They are ``Rejected``, not ``Unavailable``: no part of Calotype is missing, so a job that fails with one has used up a try.
"""

from domain.errors.families import Rejected


class UrlProblem(Rejected):
    """What can be wrong with a URL that somebody gave, or with the server that it names."""


class InvalidUrl(UrlProblem):
    code = "invalid-url"
    message = "The URL cannot be used: {problem}."
    problem: str


class AddressForbidden(UrlProblem):
    """The host has an address inside a private network, or another one that is not public. Which one is not told."""

    code = "address-forbidden"
    message = "The host of the URL has an address that this service does not contact."


class RemoteUnreachable(UrlProblem):
    """Nothing was sent. ``reason`` is for the operator's log; clients do not see it."""

    code = "remote-unreachable"
    message = "The server of the URL cannot be reached: {problem}."
    problem: str
    reason: str = ""


class RemoteTimedOut(UrlProblem):
    code = "remote-timed-out"
    message = "The server of the URL did not answer in full in time."


class RemoteFailed(UrlProblem):
    """``answered`` is the status of its answer; 0 if there is none, or if the status is not the problem."""

    code = "remote-failed"
    message = "The request to the server of the URL failed: {problem}."
    problem: str
    answered: int = 0


class CacheNotPurged(Rejected):
    """``answered`` is the status of its answer."""

    code = "cache-not-purged"
    message = "The cache in front of the service refused to be purged, with status {answered}."
    answered: int
