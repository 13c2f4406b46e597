//! A device's randomness in the form that coffer-core takes as an argument.

use crate::Device;
use coffer_core::rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// Draws from a device.
pub(crate) struct Draw<'a, D>(pub(crate) &'a D);

impl<D: Device> TryRng for Draw<'_, D> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl<D: Device> TryCryptoRng for Draw<'_, D> {}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Bytes that count up from a seed: enough for tests of formats.
    pub(crate) struct Counting(u8);

    pub(crate) fn rng(seed: u8) -> Counting {
        Counting(seed)
    }

    impl TryRng for Counting {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            let mut bytes = [0; 4];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u32::from_le_bytes(bytes))
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            let mut bytes = [0; 8];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u64::from_le_bytes(bytes))
        }

        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
            for byte in out {
                self.0 = self.0.wrapping_mul(5).wrapping_add(1);
                *byte = self.0;
            }
            Ok(())
        }
    }

    impl TryCryptoRng for Counting {}
}
