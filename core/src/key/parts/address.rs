use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::KeyParts;
use crate::key::network::{Network, bits};
use crate::key::sink::{Encoded, KeySink};

impl KeyParts for IpAddr {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        sink.address(*self, bits(*self))
    }
}

impl KeyParts for Ipv4Addr {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        IpAddr::V4(*self).encode(sink)
    }
}

impl KeyParts for Ipv6Addr {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        IpAddr::V6(*self).encode(sink)
    }
}

impl KeyParts for Network {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        sink.address(self.address(), self.prefix())
    }
}

impl KeyParts for SocketAddr {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        match self {
            Self::V4(address) => address.encode(sink),
            Self::V6(address) => address.encode(sink),
        }
    }
}

impl KeyParts for SocketAddrV4 {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        (self.ip(), self.port()).encode(sink)
    }
}

impl KeyParts for SocketAddrV6 {
    #[inline]
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        match (self.flowinfo(), self.scope_id()) {
            (0, 0) => (self.ip(), self.port()).encode(sink),
            (flow, scope) => (self.ip(), self.port(), flow, scope).encode(sink),
        }
    }
}
