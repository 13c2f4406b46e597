//! Which addresses a webhook may reach: public ones, and those that whoever runs the server names.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;

use crate::auth::Network;

/// Looks up the addresses of a name and a port, such as `chat.example:443`.
#[derive(Clone)]
pub struct Names(Arc<LookUp>);

type LookUp = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;

impl Names {
    /// Other names than the operating system's, for tests.
    pub fn new(look_up: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look_up))
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new(|name| Ok(name.to_socket_addrs()?.collect()))
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

/// Where webhooks may go, and how long it may take.
#[derive(Clone, Debug)]
pub struct Reach {
    names: Names,
    networks: Vec<Network>,
    patience: Duration,
}

impl Default for Reach {
    fn default() -> Self {
        Self::new(Names::default(), Vec::new())
    }
}

/// Why an address is not spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// It is neither public nor one that was named.
    #[error("its address is not one that this server may reach")]
    Forbidden,
    /// It is none.
    #[error("it is not an address of the web")]
    Malformed,
    /// Public addresses are spoken to in secret.
    #[error("it has to begin with https://")]
    Plain,
    /// There is no such name.
    #[error("its name was not found")]
    Unknown,
}

impl Reach {
    /// These networks beside the public addresses. In them, and only there, `http://` will do.
    #[must_use]
    pub fn new(names: Names, networks: Vec<Network>) -> Self {
        Self {
            names,
            networks,
            patience: PATIENCE,
        }
    }

    /// Another patience than usual, from the look-up to the answer.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// The addresses of a URL, all of which may be reached: one that may not speaks against the whole name.
    ///
    /// Whoever connects has to use these and not look up again, since the next answer may be another one.
    pub(super) fn addresses(&self, url: &Uri) -> Result<Vec<SocketAddr>, Unreachable> {
        let (Some(host), Some(scheme)) = (url.host(), url.scheme()) else {
            return Err(Unreachable::Malformed);
        };
        let is_plain = *scheme == Scheme::HTTP;
        if !is_plain && *scheme != Scheme::HTTPS {
            return Err(Unreachable::Malformed);
        }
        // A name and password would be sent to whoever answers, and are shown in lists.
        if url
            .authority()
            .is_none_or(|authority| authority.as_str().contains('@'))
        {
            return Err(Unreachable::Malformed);
        }
        let port = url.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
        let found = self.look_up(format!("{host}:{port}"))?;
        if found.is_empty() {
            return Err(Unreachable::Unknown);
        }
        for address in &found {
            let is_named = self.networks.iter().any(|network| network.contains(address.ip()));
            if !is_named && !is_public(address.ip()) {
                return Err(Unreachable::Forbidden);
            }
            if !is_named && is_plain {
                return Err(Unreachable::Plain);
            }
        }
        Ok(found)
    }

    /// The operating system may take long to say that it does not know: nobody waits for that.
    fn look_up(&self, name: String) -> Result<Vec<SocketAddr>, Unreachable> {
        let (sender, answer) = mpsc::sync_channel(1);
        let Names(names) = self.names.clone();
        thread::spawn(move || sender.send(names(&name)).ok());
        match answer.recv_timeout(self.patience) {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(_)) | Err(_) => Err(Unreachable::Unknown),
        }
    }
}

/// Whether an address is one of the public internet, also where IPv6 only wraps one of IPv4.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            !CLOSED_V4
                .iter()
                .any(|(network, width)| within(bits.into(), network.to_bits().into(), 32 - width))
        }
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            let lies_in = |network: Ipv6Addr, width: u32| within(bits, network.to_bits(), 128 - width);
            if let Some(wrapped) = address.to_ipv4_mapped() {
                return is_public(wrapped.into());
            }
            let [.., a, b] = address.segments();
            if lies_in(NAT64, 96) {
                return is_public(embedded(a, b));
            }
            let [_, a, b, ..] = address.segments();
            if lies_in(SIX_TO_FOUR, 16) {
                return is_public(embedded(a, b));
            }
            lies_in(GLOBAL, 3) && !CLOSED_V6.iter().any(|(network, width)| lies_in(*network, *width))
        }
    }
}

fn within(address: u128, network: u128, rest: u32) -> bool {
    (address ^ network) >> rest == 0
}

fn embedded(high: u16, low: u16) -> IpAddr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)).into()
}

/// What IANA's registry of special addresses (RFC 6890) takes out of the public internet, and one that a cloud does.
const CLOSED_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    // Azure answers its machines at this one, though it looks like any other.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];
/// All of IPv6 that is public lies in here.
const GLOBAL: Ipv6Addr = Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0);
/// And these parts of it are not.
const CLOSED_V6: [(Ipv6Addr, u32); 3] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];
/// IPv4 behind a translator, RFC 6052.
const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);
/// IPv4 in a tunnel, RFC 3056.
const SIX_TO_FOUR: Ipv6Addr = Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0);
/// Shorter than the pause after a first try.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("172.15.255.255", true),
            ("172.32.0.0", true),
            ("100.63.255.255", true),
            ("169.253.0.1", true),
            ("192.0.1.0", true),
            ("2606:4700::1111", true),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::808:808", true),
            ("2002:808:808::1", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.100.100.200", false),
            ("127.0.0.1", false),
            ("127.255.255.255", false),
            ("169.254.169.254", false),
            ("168.63.129.16", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.192", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.168.1.1", false),
            ("198.19.0.1", false),
            ("198.51.100.1", false),
            ("203.0.113.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::7f00:1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::a9fe:a9fe", false),
            ("64:ff9b:1::808:808", false),
            ("2002:7f00:1::", false),
            ("2002:a9fe:a9fe::1", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("3fff::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn a_name_is_spoken_to_only_if_all_its_addresses_may_be() {
        let names = Names::new(|name| {
            let addresses: &[&str] = match name {
                "public.example:443" | "public.example:80" => &["8.8.8.8:443", "[2606:4700::1111]:443"],
                "mixed.example:443" => &["8.8.8.8:443", "10.0.0.1:443"],
                "chat.corp.example:443" | "chat.corp.example:8065" => &["10.20.0.5:443"],
                "empty.example:443" => &[],
                name if name.parse::<SocketAddr>().is_ok() => &["127.0.0.1:80"],
                _ => return Err(io::Error::other("no such name")),
            };
            Ok(addresses.iter().map(|text| text.parse().unwrap()).collect())
        });
        let reach = Reach::new(names, vec![Network::parse("10.20.0.0/16").unwrap()]);
        for (url, found) in [
            ("https://public.example/hook", Ok(2)),
            ("http://public.example/hook", Err(Unreachable::Plain)),
            ("https://mixed.example", Err(Unreachable::Forbidden)),
            ("https://chat.corp.example", Ok(1)),
            ("http://chat.corp.example:8065/hooks/x", Ok(1)),
            ("https://empty.example", Err(Unreachable::Unknown)),
            ("https://gone.example", Err(Unreachable::Unknown)),
            ("https://127.0.0.1/", Err(Unreachable::Forbidden)),
            ("https://me:pw@public.example/", Err(Unreachable::Malformed)),
            ("ftp://public.example/", Err(Unreachable::Malformed)),
            ("/only/a/path", Err(Unreachable::Malformed)),
        ] {
            let addresses = reach.addresses(&url.parse().unwrap());
            assert_eq!(addresses.map(|found| found.len()), found, "{url}");
        }
    }
}
