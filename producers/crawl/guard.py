"""Scrapy's name resolver: connections go only to addresses that may be fetched.

Every connection of the crawler asks here first, for names and for addresses written as such, and then connects to one
of the addresses that were checked: a redirect or a name that resolves differently the second time is checked again.
"""

# zope's interfaces are classes whose methods have no self, which a type checker takes for mistakes
# pyright: reportCallIssue=false, reportUntypedClassDecorator=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from producers.addresses import checked
from talentflow.errors import AddressRefused

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase

ALLOW_PRIVATE = "TALENTFLOW_ALLOW_PRIVATE"
"""Scrapy setting: whether hosts of the own network may be fetched."""

refused: dict[str, str] = {}
"""Host → why it was not connected to. Twisted reports only that a name has no address."""


@implementer(IResolutionReceiver)
class _Checking:
    """Holds addresses back until all are known to be allowed."""

    def __init__(self, receiver: IResolutionReceiver, host: str, allow_private: bool) -> None:
        self._receiver = receiver
        self._host = host
        self._allow_private = allow_private
        self._addresses: list[IAddress] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: IAddress) -> None:
        self._addresses.append(address)

    def resolutionComplete(self) -> None:
        try:
            checked(self._host, [_host(a) for a in self._addresses], allow_private=self._allow_private)
        except AddressRefused as error:
            refused[self._host] = str(error)
        else:
            refused.pop(self._host, None)
            for address in self._addresses:
                self._receiver.addressResolved(address)
        self._receiver.resolutionComplete()


def _host(address: Any) -> str:
    return address.host


@implementer(IHostnameResolver)
class GuardedResolver:
    """See the module. Scrapy makes it (`TWISTED_DNS_RESOLVER`)."""

    def __init__(self, reactor: ReactorBase, *, allow_private: bool) -> None:
        self._reactor = reactor
        self._system: IHostnameResolver = reactor.nameResolver
        self._allow_private = allow_private

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        return cls(reactor, allow_private=crawler.settings.getbool(ALLOW_PRIVATE))

    def install_on_reactor(self) -> None:
        self._reactor.installNameResolver(self)

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        receiver = _Checking(resolutionReceiver, hostName, self._allow_private)
        return self._system.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)
