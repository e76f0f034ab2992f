use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use seawall_core::Network;

/// Finds the address of a request's client, as a key: behind proxies that are trusted, from
/// `X-Forwarded-For`; otherwise the peer's own.
///
/// Any client can send any `X-Forwarded-For`. So it is read from the right, where the nearest proxy has
/// added what it saw, only if the peer is trusted, and only as far as the addresses in it are trusted too:
/// the first that is not is the client.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use seawall_http::ClientIp;
///
/// let clients = ClientIp::trusting(["10.0.0.0/8"])?;
/// let mut headers = HeaderMap::new();
/// headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1, 192.0.2.7, 10.0.0.2"));
/// let peer = "10.0.0.1".parse().expect("an address");
/// assert_eq!(clients.of(peer, &headers).to_string(), "192.0.2.7");
/// # Ok::<(), seawall_http::InvalidNetwork>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientIp {
    trusted: Vec<Network>,
    ipv6_prefix: u8,
}

impl ClientIp {
    /// Trusts no proxy: the client is the peer.
    #[must_use]
    pub const fn peer() -> Self {
        Self { trusted: Vec::new(), ipv6_prefix: 64 }
    }

    /// Trusts the proxies in `networks`, each an address or a network such as `10.0.0.0/8`.
    ///
    /// # Errors
    /// If one of them is neither.
    pub fn trusting<N: AsRef<str>>(
        networks: impl IntoIterator<Item = N>,
    ) -> Result<Self, InvalidNetwork> {
        let trusted = networks.into_iter().map(|network| parse(network.as_ref()));
        Ok(Self { trusted: trusted.collect::<Result<_, _>>()?, ..Self::peer() })
    }

    /// Sets how many bits of an IPv6 address count as one client. The default is 64, as one customer
    /// often has all addresses of such a network.
    #[must_use]
    pub const fn ipv6_prefix(mut self, bits: u8) -> Self {
        self.ipv6_prefix = bits;
        self
    }

    /// Returns the client of a request with these `headers` that came from `peer`.
    #[must_use]
    pub fn of(&self, peer: IpAddr, headers: &HeaderMap) -> Network {
        let mut client = peer.to_canonical();
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        // A line that is no text cannot be looked behind.
        let entries = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for entry in entries {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = address(entry.trim()) else { break };
            client = address;
        }
        let prefix = if client.is_ipv6() { self.ipv6_prefix } else { 32 };
        Network::new(client, prefix)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| {
            network.address().is_ipv4() == address.is_ipv4()
                && Network::new(address, network.prefix()) == *network
        })
    }
}

impl Default for ClientIp {
    fn default() -> Self {
        Self::peer()
    }
}

/// A text that is neither an IP address nor a network of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNetwork(String);

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(f, "{text:?} is no network: write an address, or one with a prefix, as 10.0.0.0/8")
    }
}

impl std::error::Error for InvalidNetwork {}

fn parse(text: &str) -> Result<Network, InvalidNetwork> {
    let invalid = || InvalidNetwork(text.to_owned());
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.trim().parse().map_err(|_| invalid())?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(prefix) => prefix.trim().parse().map_err(|_| invalid())?,
        None => longest,
    };
    if prefix > longest {
        return Err(invalid());
    }
    Ok(Network::new(address, prefix))
}

/// Returns the address in an entry, which may have a port, and brackets around an IPv6 address.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = entry.parse().ok().or_else(bare);
    address.or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip())).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn client(trusted: &[&str], peer: &str, lines: &[&str]) -> String {
        let clients = ClientIp::trusting(trusted).expect("networks");
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).expect("a header value"));
        }
        clients.of(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn a_header_counts_only_from_a_trusted_peer() {
        assert_eq!(client(&[], "10.0.0.1", &["1.1.1.1"]), "10.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &["1.1.1.1"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1"]), "1.1.1.1");
        assert_eq!(client(&["10.0.0.0/8"], "::ffff:10.0.0.1", &["1.1.1.1"]), "1.1.1.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_has_forged_stands_left_of_its_address() {
        let proxies = ["10.0.0.0/8", "2001:db8::1"];
        assert_eq!(client(&proxies, "10.0.0.1", &["6.6.6.6, 192.0.2.7, 10.9.9.9"]), "192.0.2.7");
        assert_eq!(
            client(&proxies, "10.0.0.1", &["6.6.6.6", "192.0.2.7", "10.9.9.9"]),
            "192.0.2.7"
        );
        assert_eq!(client(&proxies, "2001:db8::1", &["192.0.2.7:4711"]), "192.0.2.7");
        assert_eq!(client(&proxies, "10.0.0.1", &["192.0.2.7, garbage"]), "10.0.0.1");
        assert_eq!(client(&proxies, "10.0.0.1", &["192.0.2.7, , 10.1.1.1"]), "10.1.1.1");
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(client(&proxies, "10.0.0.1", &["[2001:db8:1:2::7]:443"]), "2001:db8:1:2::/64");
        assert_eq!(client(&proxies, "10.0.0.1", &["[2001:db8:1:2::9]"]), "2001:db8:1:2::/64");
        let one = ClientIp::peer().ipv6_prefix(128);
        let peer = "2001:db8::7".parse().expect("an address");
        assert_eq!(one.of(peer, &HeaderMap::new()).to_string(), "2001:db8::7");
    }

    #[test]
    fn a_network_that_is_none_is_named() {
        for text in ["", "10.0.0.0/33", "10.0.0", "10.0.0.0/", "::/129", "proxy.local"] {
            let error = ClientIp::trusting([text]).expect_err("no network").to_string();
            assert!(error.starts_with(&format!("{text:?} is no network")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_untrusted_peer_can_choose_its_address(line in "[ -~]{0,60}") {
            prop_assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &[&line]), "192.0.2.1");
        }
    }
}
