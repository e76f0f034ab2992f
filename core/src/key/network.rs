use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: all IP addresses that begin with the same bits. As a key, it counts them together.
///
/// One customer often has all addresses of an IPv6 network, so a limit per single address would not
/// limit that customer. A network of one address is the same key as the address.
///
/// ```
/// use seawall_core::Network;
/// use std::net::IpAddr;
///
/// # fn main() -> Result<(), std::net::AddrParseError> {
/// let one: IpAddr = "2001:db8::1".parse()?;
/// let other: IpAddr = "2001:db8::2".parse()?;
/// assert_eq!(Network::new(one, 64), Network::new(other, 64));
/// assert_eq!(Network::new(one, 64).to_string(), "2001:db8::/64");
///
/// // An IPv4 address has 32 bits, so it is left whole.
/// let ipv4: IpAddr = "192.0.2.1".parse()?;
/// assert_eq!(Network::new(ipv4, 64).to_string(), "192.0.2.1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Creates the network of all addresses whose first `prefix` bits are those of `address`. A `prefix`
    /// longer than the address means the address alone.
    ///
    /// An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is taken as IPv4.
    #[must_use]
    pub fn new(address: impl Into<IpAddr>, prefix: u8) -> Self {
        Self::masked(address.into().to_canonical(), prefix)
    }

    pub(super) fn masked(address: IpAddr, prefix: u8) -> Self {
        let prefix = prefix.min(bits(address));
        let address = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Self { address, prefix }
    }

    /// Returns the first address of the network.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// Returns the number of bits that all its addresses share.
    #[must_use]
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }
}

/// Returns the length of an address.
pub(super) const fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, prefix } = self;
        match *prefix == bits(*address) {
            true => write!(f, "{address}"),
            false => write!(f, "{address}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str, prefix: u8) -> String {
        Network::new(address.parse::<IpAddr>().expect("an address"), prefix).to_string()
    }

    #[test]
    fn only_the_first_bits_are_kept() {
        assert_eq!(network("192.0.2.255", 24), "192.0.2.0/24");
        assert_eq!(network("192.0.2.255", 31), "192.0.2.254/31");
        assert_eq!(network("255.255.255.255", 0), "0.0.0.0/0");
        assert_eq!(network("2001:db8:1:2:3:4:5:6", 56), "2001:db8:1::/56");
        assert_eq!(network("2001:db8::1", 0), "::/0");
        assert_eq!(network("2001:db8::1", 200), "2001:db8::1");
    }

    #[test]
    fn an_ipv4_address_stays_one_in_either_notation() {
        assert_eq!(network("::ffff:192.0.2.1", 64), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1", 24), "192.0.2.0/24");
    }
}
