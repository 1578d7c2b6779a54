"""Which web addresses may be fetched: http and https, on hosts of the public internet, unless private hosts are allowed.

What a site, a feed or a redirect names is not to be trusted: it may lead into the network that this runs in. The check
is on the addresses that a name resolves to, and the connection goes to one of these (`connections.py` for httpx,
`crawl/guard.py` for Scrapy), so that neither a redirect, nor an odd spelling (`http://2130706433/`), nor a name that
resolves differently the second time gets around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from talentflow.errors import AddressRefused

_ALLOW = "Allow it with --allow-private-hosts or TALENTFLOW_ALLOW_PRIVATE_HOSTS=true if the host is yours"
_LONGEST_SHOWN = 200
_USERINFO = re.compile(r"//[^/?#\s@]*(?:@[^/?#\s@]*)*@")
_SECRET_PARAMETER = re.compile(
    r"([?&;](?:[^=&#\s]*(?:token|secret|password|passwd)|(?:[^=&#\s]*[_.-])?(?:api|access)?(?:key|pwd|auth|signature|sig))=)"
    r"[^&#\s\"')]+",
    re.IGNORECASE,
)

_REFUSED = {
    ip_network(network): why
    for why, networks in {
        "an unspecified address": "0.0.0.0/8 ::/128",
        "a loopback address": "127.0.0.0/8 ::1/128",
        "a private address": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10",
        "a link-local address (cloud metadata is there)": "169.254.0.0/16 fe80::/10",
        "an address behind a carrier's NAT": "100.64.0.0/10",
        "a cloud's metadata address": "168.63.129.16/32",
        "a multicast address": "224.0.0.0/4 ff00::/8",
        "a reserved address": (
            "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4"
            " 2001::/23 2001:db8::/32 3fff::/20"
        ),
    }.items()
    for network in networks.split()
}
"""IANA's special-purpose registries (IPv4, IPv6), and Azure's metadata address, which lies outside of them.
`ipaddress.is_global` alone lets multicast, 192.0.0.0/24 and site-local addresses through on Python 3.11."""
_PUBLIC_IPV6 = ip_network("2000::/3")
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("::/96"), ip_network("::ffff:0:0:0/96"))
"""IPv6 networks whose last 32 bits are the IPv4 address that a packet ends at (NAT64, IPv4-compatible, SIIT)."""


def checked(host: str, addresses: Iterable[str], *, allow_private: bool) -> list[str]:
    """The addresses of `host`, when all of them may be connected to.

    Args:
        host: as the URL names it; for the message.
        addresses: IPv4 and IPv6 addresses that it resolves to, in the order to try.

    Raises:
        AddressRefused: one of them is not on the public internet, and private hosts are not allowed. A name with both
            kinds is refused: nobody needs one, but for trying which of them gets through.
    """
    found = list(addresses)
    if not allow_private:
        for address in found:
            if why := _why_refused(address):
                at = "is" if address == host.strip("[]") else f"leads to {address},"
                raise AddressRefused(f"{shown(host)} {at} {why}, and was not connected to. {_ALLOW}")
    return found


def checked_url(url: str | httpx.URL) -> httpx.URL:
    """The URL, parsed, when it is one to fetch; hosts are checked when they are connected to.

    Raises:
        AddressRefused: not http or https, no host, or a user name in it (which would end in logs and on the event log).
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise AddressRefused(f"{shown(str(url))} is not a web address ({error}): correct it") from error
    if parsed.scheme not in ("http", "https"):
        raise AddressRefused(f"{shown(str(url))} is not an http or https address: give one that is")
    if not parsed.host.strip("."):
        raise AddressRefused(f"{shown(str(url))} names no host: give a whole address, with https:// in front")
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise AddressRefused(f"{shown(str(url))} has no port {parsed.port}: ports go up to 65535")
    if parsed.userinfo:
        bare = str(parsed.copy_with(username=None, password=None))
        raise AddressRefused(f"the address {shown(bare)} carries a user name or a password: give it without them")
    return parsed


def masked(text: str) -> str:
    """URLs without what lets one in: user names, passwords, and parameters whose name tells of a key or a token."""
    return _SECRET_PARAMETER.sub(r"\1***", _USERINFO.sub("//***@", text))


def shown(url: str) -> str:
    """A URL as it stands in a sentence: on one line, not endless, without secrets."""
    line = "".join(c if c.isprintable() else "?" for c in masked(url))
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"


def _why_refused(address: str) -> str | None:
    try:
        found = _embedded(ip_address(address.partition("%")[0]))
    except ValueError:
        return "which is no IP address"
    for network, why in _REFUSED.items():
        if found in network:
            return why
    return "a reserved address" if found.version == 6 and found not in _PUBLIC_IPV6 else None


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, IPv4Address) or address.is_loopback or address.is_unspecified:
        return address
    if inner := address.ipv4_mapped or address.sixtofour:
        return inner
    if any(address in network for network in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
