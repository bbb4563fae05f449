//! IP addresses in strings, and ranges of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address that a string writes out, if it is one. IPv4 parts are decimal, also with leading
/// zeros; an IPv4-mapped IPv6 address is the IPv4 address.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    if let Some(address) = ipv4(text) {
        return Some(IpAddr::V4(address));
    }
    // The service takes no IPv6 address with a dotted end, as in `::ffff:10.0.0.1`.
    let address: Ipv6Addr = text.parse().ok().filter(|_| !text.contains('.'))?;
    Some(match address.to_ipv4_mapped() {
        Some(mapped) => IpAddr::V4(mapped),
        None => IpAddr::V6(address),
    })
}

fn ipv4(text: &str) -> Option<Ipv4Addr> {
    // `Ipv4Addr` refuses leading zeros, which the service takes.
    let mut parts = [0_u8; 4];
    let mut written = text.split('.');
    for part in &mut parts {
        let digits = written.next()?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *part = digits.parse().ok()?;
    }
    written.next().is_none().then_some(Ipv4Addr::from(parts))
}

/// A range of addresses, `ip/mask`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cidr {
    text: String,
    network: IpAddr,
    mask: u32,
}

impl Cidr {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (ip, mask) = text
            .split_once('/')
            .ok_or("a `cidr` is an address and a mask, as in `10.0.0.0/8`")?;
        // The service takes `+8` for 8, as Java reads numbers.
        let mask = mask.strip_prefix('+').unwrap_or(mask);
        let network = address(ip).ok_or("a `cidr` starts with an IPv4 or IPv6 address")?;
        if mask.is_empty() || !mask.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("the mask of a `cidr` is a number of bits");
        }
        // Masks of all bits are refused: `/32` and `/128` are single addresses.
        let (most, message) = match network {
            IpAddr::V4(_) => (31, "the mask of an IPv4 `cidr` is 0 to 31"),
            IpAddr::V6(_) => (127, "the mask of an IPv6 `cidr` is 0 to 127"),
        };
        let mask = mask.parse().ok().filter(|mask| *mask <= most);
        Ok(Self {
            text: text.to_owned(),
            network,
            mask: mask.ok_or(message)?,
        })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        // The network's own address may have bits behind the mask: both sides lose them before they are compared.
        Network::of(address, self.mask) == self.network()
    }

    /// The bits of the mask.
    pub(crate) fn mask(&self) -> u32 {
        self.mask
    }

    pub(crate) fn network(&self) -> Network {
        Network::of(self.network, self.mask)
    }
}

/// The bits of an address that a mask keeps; those of IPv4 and IPv6 are never equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    V4(u32),
    V6(u128),
}

impl Network {
    pub(crate) fn of(address: IpAddr, mask: u32) -> Self {
        match address {
            IpAddr::V4(address) => {
                let dropped = 32_u32.saturating_sub(mask);
                // A shift by all bits overflows: a mask of 0 keeps none of them.
                Self::V4(address.to_bits().checked_shr(dropped).unwrap_or(0))
            }
            IpAddr::V6(address) => {
                let dropped = 128_u32.saturating_sub(mask);
                Self::V6(address.to_bits().checked_shr(dropped).unwrap_or(0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cidr: &str, text: &str, inside: bool) {
        let address = address(text).expect(text);
        assert_eq!(Cidr::parse(cidr).expect(cidr).contains(address), inside);
    }

    #[test]
    fn ranges() {
        check("10.0.0.0/24", "10.0.0.255", true);
        check("10.0.0.0/24", "10.0.1.0", false);
        check("10.0.0.7/24", "010.0.0.1", true);
        check("0.0.0.0/0", "255.255.255.255", true);
        check("::/0", "2001:db8::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
        check("10.0.0.0/8", "::ffff:a01:203", true);
        check("10.0.0.0/8", "2001:db8::1", false);
    }

    #[test]
    fn what_is_no_range() {
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/32",
            "::/128",
            "::g/8",
            "/8",
            "10.0.0.0/-8",
            "10.0.0/8",
            "::ffff:10.0.0.0/8",
        ] {
            assert!(Cidr::parse(text).is_err(), "{text}");
        }
    }
}
